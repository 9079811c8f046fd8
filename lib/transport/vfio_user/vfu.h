/* SPDX-License-Identifier: BSD-3-Clause */
/* State of one vfio-user port, and what this folder's files do for each other. */
#ifndef TRANSPORT_VFIO_USER_VFU_H
#define TRANSPORT_VFIO_USER_VFU_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/queue.h>

#include <rte_common.h>

#include "gmem/gmem_fault.h"
#include "nic/nic_pci.h"
#include "transport/transport.h"
#include "transport/transport_path.h"
#include "vfu_wire.h"

/*
 * Threads: "C" is the loop thread (vfu_loop.c), or M in vfu_close(), or an lcore that the connection is
 * lent to (vfu_lcore.c): whoever holds the port's lock. All fields are C's but where said.
 */

/** Interrupt slots: one for each vector that a model may have. */
#define VFU_SLOT_INTX NIC_VEC_INTX
#define VFU_SLOT_MSIX NIC_VEC_MSIX
#define VFU_SLOT_MSI  NIC_VEC_MSI
#define VFU_SLOTS     NIC_N_VECS

/** Maps at once; what we advertise. Those with memory behind them: GMEM_MAX_REGIONS. */
#define VFU_MAX_MAPS 1024

struct vfu_trace;
struct vfu_transport;

/** A descriptor in the loop's epoll set. */
struct vfu_source {
	int fd; /* -1: none */
	void (*ready)(struct vfu_transport *t, uint32_t events);
	bool in_set;	 /* the epoll set has fd */
	uint32_t events; /* and waits for these */
};

/** One DMA map. */
struct vfu_map {
	uint64_t iova, size; /* bytes */
	uint8_t *hva;	     /* its first byte, with base */
	uint8_t *base;	     /* what was mapped; NULL: no memory came with it, or not for writing */
	uint64_t base_len;
	int guard; /* of it, for gmem_fault_unguard(); -1: none */
};

/** What came and what did not work; C writes (irqs: any, atomic). Descriptions in vfu_stats.c. */
struct vfu_counters {
	uint64_t messages, posted, region_reads, region_writes, config, doorbells;
	uint64_t dma_maps, dma_unmaps, bad_messages, unknown, refused, resets, unmasks;
	uint64_t private_memory, no_memory, memory_faults, unsealed, no_descriptors, by_lcore;
	uint64_t irqs;
};

/** A message on its way in: header first, then the rest. */
struct vfu_in {
	uint8_t *buf;
	uint32_t room; /* bytes of buf */
	uint32_t got;  /* bytes so far */
	int fd[VFU_MAX_FDS];
	unsigned int n_fds;
	bool fds_lost; /* there were more, or they were cut off */
};

/** Replies on their way out. */
struct vfu_out {
	uint8_t *buf;
	uint32_t room; /* bytes of buf */
	uint32_t len;  /* bytes of the reply */
	uint32_t sent; /* of them */
	int fd;	       /* to go with the first byte; -1: none. Not ours to close */
};

struct vfu_transport {
	struct transport tr;		 /* first */
	TAILQ_ENTRY(vfu_transport) next; /* of the loop's list; under its lock */
	char name[NIC_NAME_LEN];
	char path[TRANSPORT_PATH_LEN];
	const struct nic_pci *pci; /* const */
	int shared_fd;		   /* const; -1: nothing may be mapped */
	const uint8_t *rom;	   /* const */
	uint32_t rom_len;	   /* const */
	struct vfu_source listener, conn, unmask;
	bool deaf;	  /* no descriptor was left to accept with: the listener is not watched */
	bool versioned;	  /* VERSION was exchanged */
	bool told_traps;  /* said once a connection that doorbells come as messages */
	bool told_memory; /* said once a connection how memory must be shared */
	struct vfu_in in;
	struct vfu_out out;
	struct gmem_owner owner; /* of the mapped memory: faults, and the connection they end */
	struct vfu_map *map;	 /* VFU_MAX_MAPS of them */
	unsigned int n_maps;
	uint8_t *log;	  /* what mem_log() was told; NULL: nothing is logged */
	uint64_t log_len; /* bytes of it */
	int nobody;	  /* const: an eventfd that nobody reads; -1 only on the way up */
	/* Eventfds, -1 where the NIC has no vector; the numbers are const, any thread writes to them. */
	int slot[VFU_SLOTS];
	uint32_t intx;	     /* VFU_INTX_*; any thread, atomic */
	uint64_t intx_later; /* TSC: when INTx is unmasked at the latest; under lock */
	struct vfu_counters count;
	struct vfu_trace *trace; /* NULL: nothing is recorded */
	pthread_mutex_t lock;
	uint32_t lent; /* the lcore serves the connection; C writes, D looks without the lock */
	uint64_t looks_seen; /* looks when C last looked */
	uint64_t keep_until; /* TSC: when the lcore returns a quiet connection */
	uint64_t look_at;    /* TSC: when the lcore looks again; D, and C before it lends */
	uint64_t looks __rte_cache_aligned; /* D writes at each poll: somebody polls */
};

/** A message being served. */
struct vfu_message {
	struct vfu_hdr hdr;  /* a copy */
	const uint8_t *body; /* hdr.size - sizeof(hdr) bytes */
	uint32_t len;	     /* of the body */
	int *fd;	     /* n_fds; a handler that keeps one stores -1 */
	unsigned int n_fds;
};

/** vfu_loop.c: the one thread of all ports. */
int vfu_loop_add(struct vfu_transport *t);
void vfu_loop_remove(struct vfu_transport *t);
/** Watch s->fd for events (EPOLLIN, EPOLLOUT); again: change them. C. @return 0 or -errno. */
int vfu_loop_watch(struct vfu_source *s, uint32_t events);
/** Stop watching; the descriptor stays open. C. */
void vfu_loop_unwatch(struct vfu_source *s);
/** Call fn as C, on the calling thread. M, or the thread of transport_ops.watch. */
void vfu_loop_as_c(struct vfu_transport *t, void (*fn)(struct vfu_transport *t));
/** Make the loop look at connections that have a message but no byte to come. Any thread. */
void vfu_loop_kick(void);

/** vfu_lcore.c: lend the connection to an lcore that polls, if one does. C. */
void vfu_lcore_lend(struct vfu_transport *t);
/** It is the loop's again. C. */
void vfu_lcore_return(struct vfu_transport *t);
/** Take it back from an lcore that has not polled since the last call. C. */
void vfu_lcore_check(struct vfu_transport *t);
/** Whether the message that is all there is one an lcore may serve. C. */
bool vfu_lcore_is_quick(const struct vfu_transport *t);
/** transport_ops.poll */
void vfu_lcore_poll(struct transport *tr);
/** transport_ops.can_kick */
int vfu_lcore_can_kick(const struct transport *tr, uint16_t q);

/** vfu_sock.c: the connection. */
void vfu_sock_accept(struct vfu_transport *t, uint32_t events);
void vfu_sock_ready(struct vfu_transport *t, uint32_t events);
/** Take a whole message in, after the last reply went out. @return 0; -EAGAIN; other -errno: the
 * connection is to be ended by vfu_sock_ready(). C. */
int vfu_sock_take(struct vfu_transport *t);
/** Serve it, and send the reply as far as the client takes it. @return as above. C. */
int vfu_sock_serve(struct vfu_transport *t);
/** Accept again, if that was given up for want of descriptors. C. */
void vfu_sock_listen(struct vfu_transport *t);
/** End the connection: everything the client set up is void. C. */
void vfu_sock_drop(struct vfu_transport *t);
/**
 * Room for len bytes of reply body, behind the place of the header. C.
 * @return NULL when there is no memory.
 */
void *vfu_sock_reply_room(struct vfu_transport *t, uint32_t len);

/**
 * vfu_msg.c: serve one message; the reply, if any, is in t->out afterwards.
 * Takes all descriptors of m: those no handler kept are closed.
 */
void vfu_msg_serve(struct vfu_transport *t, struct vfu_message *m);
/** Write a reply's header; the body of len bytes is in place. error: an errno, or 0. */
void vfu_msg_reply(struct vfu_transport *t, const struct vfu_hdr *request, uint32_t len, int error);

/**
 * Handlers of messages. C.
 * @return bytes of reply body, which the handler put into vfu_sock_reply_room(); -errno.
 */
int vfu_dma_map_one(struct vfu_transport *t, struct vfu_message *m);
int vfu_dma_unmap(struct vfu_transport *t, struct vfu_message *m);
int vfu_region_get_info(struct vfu_transport *t, struct vfu_message *m);
int vfu_region_read(struct vfu_transport *t, struct vfu_message *m);
int vfu_region_write(struct vfu_transport *t, struct vfu_message *m);
int vfu_region_write_multi(struct vfu_transport *t, struct vfu_message *m);
int vfu_irq_get_info(struct vfu_transport *t, struct vfu_message *m);
int vfu_irq_set(struct vfu_transport *t, struct vfu_message *m);
int vfu_feature(struct vfu_transport *t, struct vfu_message *m);

/** vfu_feature.c: make the log, if there is one, reach to end. C. @return 0; -ENOSPC; -ENOMEM. */
int vfu_log_cover(struct vfu_transport *t, uint64_t end);
/** Free the log; the guest does not use it any more. C. */
void vfu_log_clear(struct vfu_transport *t);

/**
 * The guest lets the NIC reach its memory: look whether it is the guest's, or a copy that nobody ever
 * wrote to, and say what to do then. C.
 */
void vfu_dma_look(struct vfu_transport *t);

/** Forget all maps; the guest has been told by gone() or is told now. C. */
void vfu_dma_clear(struct vfu_transport *t);

/** vfu_irq.c: slots with nobody behind them. @return 0 or -errno. M. */
int vfu_irq_init(struct vfu_transport *t);
void vfu_irq_fini(struct vfu_transport *t);
/** Nobody listens to interrupts any more. C. */
void vfu_irq_clear(struct vfu_transport *t);
/** The client's resample eventfd fired. C. */
void vfu_irq_unmask_ready(struct vfu_transport *t, uint32_t events);
/** Unmask INTx, if that has waited long enough. @return whether it waits. C, or D with it lent. */
bool vfu_irq_later(struct vfu_transport *t, uint64_t now);
extern const struct nic_irq_ops vfu_irq_ops;

/** vfu_stats.c */
#define VFU_N_STATS 20
extern const struct stat_desc vfu_stats[VFU_N_STATS];

#endif
