/* SPDX-License-Identifier: BSD-3-Clause */
/* virtio-net: feature bits, packet header and the model's state. Source: VIRTIO 1.2 and 1.3, 5.1 and 6. */
#ifndef NIC_VIRTIO_VIRTIO_NET_H
#define NIC_VIRTIO_VIRTIO_NET_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_common.h>
#include <rte_mbuf_core.h>

#include "base/bits.h"
#include "gmem/gmem.h"
#include "nic/nic.h"
#include "offload/offload_vnet.h"
#include "virtio_filter.h"
#include "virtio_pci.h"
#include "virtio_ring.h"
#include "virtio_rss.h"

struct rte_mbuf;

/* 5.1.3 feature bits */
#define VIRTIO_NET_F_CSUM		 BIT64(0)  /* device takes partial checksums */
#define VIRTIO_NET_F_GUEST_CSUM		 BIT64(1)  /* driver takes partial checksums */
#define VIRTIO_NET_F_CTRL_GUEST_OFFLOADS BIT64(2)  /* offloads of the driver by control queue */
#define VIRTIO_NET_F_MTU		 BIT64(3)  /* device reports a maximum MTU */
#define VIRTIO_NET_F_MAC		 BIT64(5)  /* device has a MAC address */
#define VIRTIO_NET_F_GSO		 BIT64(6)  /* 6.3 legacy: device takes any GSO */
#define VIRTIO_NET_F_GUEST_TSO4		 BIT64(7)  /* driver takes TSOv4 */
#define VIRTIO_NET_F_GUEST_TSO6		 BIT64(8)  /* driver takes TSOv6 */
#define VIRTIO_NET_F_HOST_TSO4		 BIT64(11) /* device takes TSOv4 */
#define VIRTIO_NET_F_HOST_TSO6		 BIT64(12) /* device takes TSOv6 */
#define VIRTIO_NET_F_MRG_RXBUF		 BIT64(15) /* driver merges receive buffers */
#define VIRTIO_NET_F_STATUS		 BIT64(16) /* link status in configuration space */
#define VIRTIO_NET_F_CTRL_VQ		 BIT64(17) /* control queue */
#define VIRTIO_NET_F_CTRL_RX		 BIT64(18) /* receive modes by control queue */
#define VIRTIO_NET_F_CTRL_VLAN		 BIT64(19) /* VLAN filter by control queue */
#define VIRTIO_NET_F_CTRL_RX_EXTRA	 BIT64(20) /* further receive modes */
#define VIRTIO_NET_F_GUEST_ANNOUNCE	 BIT64(21) /* driver can announce itself */
#define VIRTIO_NET_F_MQ			 BIT64(22) /* several queue pairs */
#define VIRTIO_NET_F_CTRL_MAC_ADDR	 BIT64(23) /* MAC address by control queue */
#define VIRTIO_NET_F_DEVICE_STATS	 BIT64(50) /* statistics by control queue */
#define VIRTIO_NET_F_VQ_NOTF_COAL	 BIT64(52) /* coalescing set for one queue */
#define VIRTIO_NET_F_NOTF_COAL		 BIT64(53) /* coalescing set for all queues */
#define VIRTIO_NET_F_HASH_REPORT	 BIT64(57) /* hash of each frame in its header */
#define VIRTIO_NET_F_RSS		 BIT64(60) /* receive steering by hash */
#define VIRTIO_NET_F_SPEED_DUPLEX	 BIT64(63) /* speed and duplex in configuration space */
/* 6 reserved feature bits */
#define VIRTIO_F_ANY_LAYOUT    BIT64(27) /* 6.3 legacy: no assumption on framing */
#define VIRTIO_F_INDIRECT_DESC BIT64(28) /* indirect descriptors */
#define VIRTIO_F_EVENT_IDX     BIT64(29) /* used_event and avail_event */
#define VIRTIO_F_VERSION_1     BIT64(32) /* not legacy */
#define VIRTIO_F_RING_PACKED   BIT64(34) /* packed rings */
#define VIRTIO_F_RING_RESET    BIT64(40) /* queues can be reset one by one */

/** 5.1.6 virtio_net_hdr with HASH_REPORT. */
struct virtio_net_hdr_hash {
	struct virtio_net_hdr hdr;
	uint32_t hash_value;
	uint16_t hash_report; /* what was hashed; 0: nothing */
	uint16_t padding;
};
static_assert(sizeof(struct virtio_net_hdr_hash) == 20, "VIRTIO 1.3, 5.1.6");

/* Longest chain walked, direct or through a table: the specification's limit is the queue size,
 * QEMU's is 1024; a table that lies on a region border is copied, up to this many entries. */
#define VIRTIO_MAX_CHAIN 1024

/** Counters of one queue pair; D writes, anyone reads. Descriptions in virtio_stats.c. */
struct virtio_counters {
	uint64_t from_frames, from_bytes, from_bad_head, from_bad_chain, from_short, from_oversize;
	uint64_t from_bad_offload, from_no_mbuf, from_broken, from_interrupts;
	uint64_t from_needs_csum, from_tso, from_tso_bytes, from_lent, from_lent_kept;
	/* C, datapath held; of pair 0 */
	uint64_t ctrl_commands, ctrl_unknown, ctrl_short, ctrl_bad_value;
	uint64_t to_frames __rte_cache_aligned;
	uint64_t to_bytes, to_bad_head, to_bad_chain, to_too_big, to_bad_offload, to_no_mbuf;
	uint64_t to_no_buffer, to_broken, to_interrupts, to_filtered, to_tso, to_large;
	uint64_t to_tso_bytes, to_needs_csum, to_csum_valid;
} __rte_cache_aligned;

struct virtio_packed_chain;

/** How far a burst looked ahead in a packed ring. */
struct virtio_packed_mark {
	uint16_t at; /* next descriptor to look at */
	uint16_t n;  /* descriptors from next_avail to there */
	bool wrap;   /* the driver's wrap counter there */
};

/** Coalescing of one ring's interrupts; D only while it runs, C while D is held. */
struct virtio_coal {
	uint32_t max_packets; /* 0: off */
	uint32_t n;	      /* chains published and not interrupted for; 0: none wait */
	uint64_t cycles;      /* how long they may wait */
	uint64_t since;	      /* TSC when the first of them was */
	uint32_t owner;	      /* lcore that left them; another D looks */
};

/** One ring. D only while it runs; C while D is held. */
struct virtio_queue {
	/* Guest memory: the guest writes at any time, though only we are meant to write the last. */
	union {
		struct vring_desc *desc;
		struct vring_packed_desc *packed_desc;
	};
	union {
		struct vring_avail *avail;
		struct vring_packed_event *driver_event;
	};
	union {
		struct vring_used *used;
		struct vring_packed_event *device_event;
	};
	uint16_t size;	     /* entries; split: a power of two */
	uint16_t mask;	     /* size - 1 */
	uint16_t next_avail; /* next entry to serve; split: free running; packed: < size */
	uint16_t next_used;  /* next entry of used->ring, free running; packed: next_avail */
	uint16_t signalled;  /* next_used when the guest was last interrupted */
	uint16_t idx;	     /* the ring's: 2q, 2q + 1, or the control queue's */
	uint16_t irq_vec;    /* vhost-user: the ring's index; PCI: its MSI-X vector */
	bool pci;	     /* set up by registers: memory may change under it */
	bool running;
	bool broken;	   /* the guest's index made no sense: rests until restarted */
	bool signalled_ok; /* signalled is meaningful */
	bool event_idx;
	bool indirect;
	bool packed;
	bool wrap;			/* packed: of next_avail */
	const struct gmem_region *hint; /* last region hit */
	uint64_t log_used_gpa;		/* for the dirty log; 0: none */
	struct vring_desc *table;	/* VIRTIO_MAX_CHAIN entries for tables on region borders */
	uint64_t gpa[3];		/* of desc, avail and used */
	struct gmem_region home;	/* where all three lie, as it was when they were found */
	uint32_t home_at;		/* its place in the map */
	struct virtio_packed_mark ahead;
	struct virtio_packed_chain *chain; /* packed: size entries, those of this burst */
	struct virtio_coal coal;
	/* Transmit rings: what lies with others of this burst, and one; chains to give back then. */
	struct rte_mbuf_ext_shared_info lent;
	uint16_t lent_used;
	bool lent_off; /* some did not come back in time */
} __rte_cache_aligned;

/** The model's state. */
struct virtio_net {
	uint64_t features; /* negotiated; C writes while D is held */
	uint64_t offloads; /* features, without what the driver switched off since; likewise */
	uint64_t
		unsupported; /* by offloads: flags of frames that the guest cannot take; likewise */
	uint16_t hdr_len;    /* bytes, by features */
	bool mrg;	     /* MRG_RXBUF */
	bool coalescing;     /* some ring coalesces; C writes while D is held */
	bool filtering;	     /* filter is not promiscuous; C writes while D is held */
	struct {
		struct virtio_queue to_guest;	/* ring 2q */
		struct virtio_queue from_guest; /* ring 2q + 1 */
		uint32_t poller; /* lcore of from_guest; it writes, the one of to_guest looks */
		struct virtio_counters count;
	} pair[NIC_MAX_QUEUES];
	struct virtio_filter filter;
	struct virtio_rss rss;
	struct virtio_queue ctrl; /* C only */
	struct virtio_pci pci;
};

extern const struct nic_model virtio_net_model;
/** nic_model.pairs_up */
uint16_t virtio_pairs_up(const struct nic *nic);

extern const struct nic_vring_ops virtio_vring_ops;

#define VIRTIO_N_STATS 35
extern const struct stat_desc virtio_stats[VIRTIO_N_STATS];

/** nic_model ops; see nic.h. */
uint16_t virtio_from_guest(struct nic *nic, uint16_t q, struct rte_mbuf **pkts, uint16_t n);
uint16_t virtio_lend(struct nic *nic, uint16_t q, struct rte_mbuf **pkts, uint16_t n);
void virtio_lend_end(struct nic *nic, uint16_t q);
uint16_t virtio_to_guest(struct nic *nic, uint16_t q, struct rte_mbuf **pkts, uint16_t n);
uint16_t virtio_show(struct nic *nic, uint16_t q, struct rte_mbuf *const *pkts, uint16_t n);

int virtio_want_kicks(struct nic *nic, uint16_t q, bool on);

/** Feature bits that this NIC offers over vhost-user by its configuration. */
uint64_t virtio_net_features(const struct nic *nic);

/** Work by these features from now on. Thread: C, datapath held. */
void virtio_net_use_features(struct nic *nic, uint64_t features);

/** Work by these offloads, some of the features, from now on. Thread: C, datapath held. */
void virtio_net_use_offloads(struct virtio_net *v, uint64_t offloads);

/**
 * Make a ring ready to run from the start: next_avail and next_used are 0, running is not set.
 * @return 0; -EINVAL for a bad size; -EFAULT when the ring is not in guest memory. Thread: C,
 *         datapath held.
 */
int virtio_queue_setup(const struct nic *nic, struct virtio_queue *vq, uint16_t idx,
	const struct nic_vring *where);

/** Ask the guest not to kick: we poll. Or to kick, from its next entry on. Thread: C; D of a ring that runs. */
void virtio_queue_want_kicks(struct virtio_queue *vq, bool want);

/**
 * Turn the header that came with a frame into the mbuf's offload fields; without nic->conf.carry
 * the checksum is finished here. Only this copy of the header is looked at.
 * @return 0; -EINVAL when header and frame contradict each other. Thread: D.
 */
int virtio_offload_from_hdr(const struct nic *nic, const struct virtio_net_hdr *hdr,
	struct rte_mbuf *m);

/**
 * The offload flags of frames that a guest with these features may not take as they are; of
 * RTE_MBUF_F_TX_TCP_SEG, virtio_offload_takes_tso() has the last word.
 */
uint64_t virtio_offload_unsupported(uint64_t features);

/** Whether the guest takes this TSO frame whole. */
bool virtio_offload_takes_tso(const struct rte_mbuf *m, uint64_t features);

/** Fill a header from an mbuf that virtio_offload_unsupported() lets pass. Thread: D. */
void virtio_offload_to_hdr(const struct rte_mbuf *m, uint64_t features, struct virtio_net_hdr *hdr);

#endif
