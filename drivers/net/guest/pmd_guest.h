/* SPDX-License-Identifier: BSD-3-Clause */
/* What an application can ask a net_guest port beyond ethdev. */
#ifndef NET_GUEST_PMD_GUEST_H
#define NET_GUEST_PMD_GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** A look at one port. */
struct pmd_guest_info {
	const char *model;     /* "virtio-net-pci" */
	const char *transport; /* "vhost-user" */
	const char *state;     /* "waiting", "connected", "up" */
	char path[108];	       /* unix socket */
	bool client;	       /* we connect; else we listen */
	uint64_t features;     /* virtio feature bits negotiated; 0 while waiting */
	uint16_t queues;       /* queue pairs offered */
	uint16_t queues_up;    /* queue pairs of which a ring runs */
	uint16_t mtu;	       /* as the guest's VMM said; 0: not said */
	uint64_t connects;     /* peers that came */
	uint64_t disconnects;  /* peers that left */
	uint64_t memory_bytes; /* of guest memory mapped */
};

/** @return 0; -ENODEV when port_id is not a net_guest port. Thread: any but an lcore's. */
int pmd_guest_info(uint16_t port_id, struct pmd_guest_info *info);

struct guest_reg;
struct nic_rx_filter;
struct rte_ether_addr;
struct rte_mbuf;

/** As guest_regs(), guest_pci() and guest_rx_filter() (guest/guest.h); -ENODEV or NULL for other ports. */
int pmd_guest_regs(uint16_t port_id, const char *name,
	void (*fn)(void *ctx, const struct guest_reg *reg), void *ctx);
const struct nic_pci *pmd_guest_pci(uint16_t port_id, uint8_t *config);
int pmd_guest_rx_filter(uint16_t port_id, struct nic_rx_filter *f);

/** Whether the guest of this port may choose the queue of each frame (virtio-net's RSS). Thread: M. */
bool pmd_guest_may_select(uint16_t port_id);

/**
 * The queues that its guest wants these frames on, before they are transmitted: queue[i] for pkts[i].
 * @return false: any will do. Thread: any lcore, while the port exists.
 */
bool pmd_guest_select(uint16_t port_id, struct rte_mbuf *const *pkts, uint16_t n, uint16_t *queue);

/** Whether the port's guest can lend frames, and be shown lent ones (nic_model.lend). Thread: M. */
bool pmd_guest_lends(uint16_t port_id);

/**
 * A receive burst of frames that may lie in the memory of the port's guest until pmd_guest_lend_end(),
 * which must follow every call that returned frames, when all of them are freed. Thread: D of q.
 */
uint16_t pmd_guest_lend(uint16_t port_id, uint16_t q, struct rte_mbuf **pkts, uint16_t n);
void pmd_guest_lend_end(uint16_t port_id, uint16_t q);

/**
 * A transmit burst of frames that stay the caller's, of a port that lends; they may be lent ones.
 * @param bytes  of all n frames
 * @return frames that the port took copies of, the first ones. Thread: D of q.
 */
uint16_t pmd_guest_show(uint16_t port_id, uint16_t q, struct rte_mbuf *const *pkts, uint16_t n,
	uint64_t bytes);

/** Let the port receive one RARP announcement of mac, as if its guest had sent it.
 * @return 0; -ENODEV. Thread: M. */
int pmd_guest_announce(uint16_t port_id, const struct rte_ether_addr *mac);

/** Write the names of virtio feature bits, blank-separated, cut to len. Thread: any. */
void pmd_guest_feature_names(uint64_t features, char *text, size_t len);

/** The reason behind an xstat of any net_guest port; NULL when unknown. Thread: any. */
const char *pmd_guest_stat_reason(const char *xstat);

#endif
