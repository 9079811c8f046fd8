/* SPDX-License-Identifier: BSD-3-Clause */
/* The state of a guest port, shared by this folder's files. */
#ifndef GUEST_GUEST_PRIVATE_H
#define GUEST_GUEST_PRIVATE_H

#include <pthread.h>

#include "gmem/gmem.h"
#include "guest.h"
#include "guest_gate.h"
#include "transport/transport.h"

struct guest {
	struct guest_gate gate;		   /* between C or M and D */
	struct nic *nic;		   /* const pointer */
	uint8_t *rom;			   /* option ROM image; NULL: none; const */
	int shared_fd;			   /* behind nic->shared; -1: none; const */
	struct transport *tr;		   /* const pointer once created */
	struct gmem mem;		   /* C under lock with the gate closed; D inside a lane */
	const struct guest_events *events; /* const */
	void *ctx;			   /* of events; const */
	/* C and M; D only tries (guest_try_enter). Recursive. Not held over calls into the transport. */
	pthread_mutex_t lock;
	int wake_fd[NIC_MAX_QUEUES]; /* epoll: signal_fd, and what the transport adds; const */
	int signal_fd
		[NIC_MAX_QUEUES]; /* eventfd: whoever changes something for a D that sleeps; const */
	void (*poll)(struct transport *tr); /* of tr; NULL: none. Const once created */
	bool running;			    /* M under lock: D may work */
	enum guest_state state;		    /* C under lock */
	bool connected;			    /* C under lock: a peer is there */
	uint64_t features;		    /* C under lock: negotiated */
	uint16_t mtu;			    /* C under lock */
	uint64_t connects;		    /* C under lock */
	uint64_t disconnects;		    /* C under lock */
	struct {
		uint32_t on; /* D of the queue pair stores, any loads: it is to be woken */
	} __rte_cache_aligned armed[NIC_MAX_QUEUES];
};

extern const struct transport_events guest_transport_events;

/**
 * Read an option ROM. *rom: memory of *len bytes, a power of two, to be freed by the caller.
 * @return 0; -errno, having said why: -EINVAL when it is no option ROM. Thread: M.
 */
int guest_rom_load(const char *name, const char *path, uint8_t **rom, uint32_t *len);

/** Make and close the descriptors of n queue pairs. @return 0; -errno. Thread: M. */
int guest_wake_init(struct guest *g, uint16_t n);
void guest_wake_fini(struct guest *g);

/** guest_wake() for all queue pairs. */
void guest_wake_all(struct guest *g);

/** Take the lock and wait until no lcore is inside; guest_release() undoes both. C or M. */
void guest_hold(struct guest *g);
void guest_release(struct guest *g);

#endif
