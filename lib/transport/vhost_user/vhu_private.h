/* SPDX-License-Identifier: BSD-3-Clause */
/* State of one vhost-user port, shared by this folder's files. */
#ifndef TRANSPORT_VHOST_USER_VHU_PRIVATE_H
#define TRANSPORT_VHOST_USER_VHU_PRIVATE_H

#include <assert.h>
#include <pthread.h>
#include <sys/queue.h>

#include <rte_vhost.h>

#include "gmem/gmem_fault.h"
#include "transport/transport_path.h"
#include "vhu_transport.h"

#define VHU_RINGS   (2 * NIC_MAX_QUEUES)
#define VHU_REGIONS 8 /* VHOST_MEMORY_MAX_NREGIONS of rte_vhost */

/** One ring as the protocol left it. C only, but for callfd. */
struct vhu_ring {
	bool ready;    /* rte_vhost says it may run */
	bool running;  /* we told the guest so */
	uint32_t mute; /* C stores, D loads: it runs, and we are not told of kicks */
	bool watched;  /* kickfd is in the epoll set */
	int kickfd;    /* by which the guest kicks; -1: we are not told */
	int callfd;    /* eventfd to interrupt the guest; const for D while running, else -1 */
};

/** What did not work; written under the transport's lock. */
struct vhu_counters {
	uint64_t memory_faults;
};

struct vhu_transport {
	struct transport tr;		 /* first */
	TAILQ_ENTRY(vhu_transport) next; /* of vhu_list */
	char name[NIC_NAME_LEN];
	char path[TRANSPORT_PATH_LEN];
	uint64_t features;	   /* offered */
	uint16_t n_queues;	   /* pairs offered */
	pthread_mutex_t lock;	   /* all below; C, and M or the alarm thread for watch and close */
	int vid;		   /* of the one connection; -1: none */
	bool device_running;	   /* between new_device and destroy_device */
	bool warned_queues;	   /* said once a connection that it wants too many rings */
	bool advised;		   /* said once a connection how memory must be shared */
	bool has_memory;	   /* a memory table is in force */
	bool had_memory;	   /* one was in force before in this connection */
	bool broken;		   /* its memory went away: no ring runs in this connection */
	unsigned int memory_waits; /* looks since features came without memory; 0: not waiting */
	uint32_t n_regions;
	struct rte_vhost_mem_region region[VHU_REGIONS];
	struct gmem_owner owner; /* of the memory: faults in this connection */
	int guard[VHU_REGIONS];	 /* of each region's mapping; -1: none */
	int log_guard;		 /* of the dirty log's; -1: none */
	const int *wake_fd;	 /* const: transport_conf.wake_fd, or NULL */
	struct vhu_counters count;
	struct vhu_ring ring[VHU_RINGS];
};

/** The head and first payload word of a message. Source: vhost-user.rst, "Message Specification". */
struct vhu_msg {
	uint32_t request;
	uint32_t flags;
	uint32_t size; /* bytes of payload */
	uint64_t payload;
} __attribute__((packed));
static_assert(sizeof(struct vhu_msg) == 20, "vhost-user.rst: header 12 bytes, then the payload");

extern const struct rte_vhost_user_extern_ops vhu_message_ops;

/** The transport that serves connection vid; NULL when none does. */
struct vhu_transport *vhu_by_vid(int vid);

/** Bring running rings in line with what the protocol allows. Under the lock. */
void vhu_sync(struct vhu_transport *t);

/** Stop ring idx, or all; what rte_vhost must know is stored back. Under the lock. */
void vhu_stop_ring(struct vhu_transport *t, uint16_t idx);
void vhu_stop_all(struct vhu_transport *t);

/** Hand the memory table of rte_vhost to the guest, or take it away. Under the lock. */
void vhu_mem_publish(struct vhu_transport *t);
void vhu_mem_clear(struct vhu_transport *t);

/** Guest-physical address of a host pointer in the table; false when it is in none. */
bool vhu_mem_gpa(const struct vhu_transport *t, const void *hva, uint64_t *gpa);

/** Look whether memory of this connection went away; if so, stop all rings. Under the lock. */
bool vhu_memory_gone(struct vhu_transport *t);

/** Hand the dirty log to the guest if logging was negotiated, else take it away. Under the lock. */
void vhu_log_publish(struct vhu_transport *t);

/** transport_ops.watch */
void vhu_watch(struct transport *tr);

#endif
