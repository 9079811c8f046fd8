/* SPDX-License-Identifier: BSD-3-Clause */
/* The seam between NIC models and everything else: what a model is and what it is given. */
#ifndef NIC_NIC_H
#define NIC_NIC_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_ether.h>

#include "base/stats.h"

struct gmem;
struct nic;
struct nic_pci;
struct nic_pci_config;
struct nic_rx_filter;
struct rte_mbuf;
struct rte_mempool;

#define NIC_NAME_LEN 64
/* Queue pairs; virtio-net over vhost-user has no more than 128 (rte_vhost), ethdev ports fewer. */
#define NIC_MAX_QUEUES 16
/* Longest frame any model takes from its guest or gives to it: a 64 KiB TSO frame with a VLAN tag. */
#define NIC_MAX_FRAME (65535 + 18)

/** Raise or lower interrupt vector vec. Any thread; never blocks. */
struct nic_irq_ops {
	void (*raise)(void *ctx, uint16_t vec);
	void (*lower)(void *ctx, uint16_t vec);
};

/** Where a ring lies, as a transport learned it. */
struct nic_vring {
	uint64_t desc_gpa;     /* descriptor table */
	uint64_t avail_gpa;    /* driver area */
	uint64_t used_gpa;     /* device area */
	uint64_t log_used_gpa; /* what the dirty log is told of the device area; 0: nothing */
	uint16_t size;	       /* entries */
	uint16_t base;	       /* next available index to serve (packed: index | wrap << 15) */
	bool packed;	       /* ring layout */
};

/** For models whose rings a transport sets up itself (vhost-user). All on C, datapath held. */
struct nic_vring_ops {
	/** Feature bits offered, for this nic's configuration. */
	uint64_t (*features)(const struct nic *nic);
	/** Take the negotiated bits. @return 0; -EINVAL for a bit not offered. */
	int (*set_features)(struct nic *nic, uint64_t features);
	/**
	 * Start ring idx (2q: to guest, 2q+1: from guest).
	 * @return 0; -EINVAL for a bad size or index; -EFAULT when the ring is not in guest memory.
	 */
	int (*vring_start)(struct nic *nic, uint16_t idx, const struct nic_vring *vring);
	/** Stop ring idx; a ring that does not run is left alone. @return the base to resume from. */
	uint16_t (*vring_stop)(struct nic *nic, uint16_t idx);
	/**
	 * Whether the guest's half of ring idx reads as memory nobody ever wrote; after a kick that
	 * means the guest's RAM is not really shared with us.
	 */
	bool (*vring_untouched)(const struct nic *nic, uint16_t idx);
};

/**
 * A NIC model: guest descriptors to mbufs and back, registers to state.
 * All ops return 0 or -errno unless said. Threads: M main, C control, D the lcore of a queue.
 */
struct nic_model {
	const char *name;		   /* "virtio-net-pci"; also the devargs value */
	const char *alias;		   /* "virtio-net"; NULL if none */
	const struct nic_pci *pci;	   /* NULL: cannot be used by vfio-user */
	const struct nic_vring_ops *vring; /* NULL: cannot be used by vhost-user */
	const struct stat_desc *stats;	   /* counters of one queue pair */
	unsigned int n_stats;
	uint16_t max_queues; /* queue pairs */
	bool finishes; /* to_guest takes frames that lack checksums or wait for TSO; else complete ones */
	uint32_t state_size;		/* bytes, cache-aligned and zeroed before init */
	int (*init)(struct nic *nic);	/* C, not running */
	void (*reset)(struct nic *nic); /* C, datapath held: power-on state */
	void (*fini)(struct nic *nic);	/* C, not running */
	/** Queue pairs of which at least one ring runs. Any thread (a hint outside C). */
	uint16_t (*pairs_up)(const struct nic *nic);
	/** Plug or pull the cable; NULL: the guest need not know. C or M, datapath held. */
	void (*set_link)(struct nic *nic, bool up);
	/** What the guest's driver lets in, for people. Thread: any, with C and M kept out. */
	void (*rx_filter)(const struct nic *nic, struct nic_rx_filter *f);
	/**
	 * Which queue pair each of n frames is for, where the guest set that (nic->steers); NULL: no
	 * guest can. queue: out, < conf.n_queues. Only reads the frames, which may change meanwhile.
	 * @return false: queue was not filled, any will do. Any D, with C kept out.
	 */
	bool (*select)(const struct nic *nic, struct rte_mbuf *const *pkts, uint16_t n,
		uint16_t *queue);
	/** The counter struct of queue pair q that .stats describes. Any thread. */
	const void *(*counters)(const struct nic *nic, uint16_t q);
	/** Zero the counters of queue pair q. C, datapath held. */
	void (*counters_clear)(struct nic *nic, uint16_t q);
	/**
	 * D. Frames the guest sent: fills up to n mbufs, returns how many (0..n). Never blocks.
	 * Frames carry the guest's offload intent as RTE_MBUF_F_TX_* flags with l2_len, l3_len,
	 * l4_len and tso_segsz when nic->conf.carry is set; else they are complete.
	 */
	uint16_t (*from_guest)(struct nic *nic, uint16_t q, struct rte_mbuf **pkts, uint16_t n);
	/**
	 * D. Frames for the guest: takes ownership of the first k and returns k; the rest stay the
	 * caller's. Only reads them: an mbuf may be shared by several receivers.
	 */
	uint16_t (*to_guest)(struct nic *nic, uint16_t q, struct rte_mbuf **pkts, uint16_t n);
	/**
	 * D. As to_guest, but all frames stay the caller's, who shows them to one receiver after the
	 * other and needs no reference for each. Of models that have lend, and of them only.
	 */
	uint16_t (*show)(struct nic *nic, uint16_t q, struct rte_mbuf *const *pkts, uint16_t n);
	/**
	 * D, about to sleep (on) or awake again. Let the guest tell when it has frames; NULL: it cannot be
	 * asked. Frames that are there already it may not tell of: who asked looks again, behind a full fence.
	 * @return 0, also when the ring does not run; -ENOTSUP; -EBUSY: something is due soon.
	 */
	int (*want_kicks)(struct nic *nic, uint16_t q, bool on);
	/**
	 * D. As from_guest, but frames may be lent: external-buffer mbufs that point into guest memory
	 * until lend_end(), which also gives the chains of all frames of the burst back to the guest.
	 * It follows every lend() that returned frames, before any other op of this queue and this
	 * direction; the caller has freed every reference by then, so that what must wait for anything
	 * is not to be taken from here. The datapath is not held in between (guest_lend()): memory
	 * cannot be unmapped under a lent frame. The guest can still write it. All that the offload
	 * fields speak of is in a private first segment; who looks at anything else copies first, and
	 * looks at that. NULL: this model lends nothing.
	 */
	uint16_t (*lend)(struct nic *nic, uint16_t q, struct rte_mbuf **pkts, uint16_t n);
	void (*lend_end)(struct nic *nic, uint16_t q);
};

/** How long an interrupt may wait for more frames, as of ethtool -C. */
struct nic_coal {
	uint32_t usecs;	 /* at the most; 0: it does not wait */
	uint32_t frames; /* or until there are so many */
};

/** What the user chose for one NIC. Const after nic_create(). */
struct nic_conf {
	char name[NIC_NAME_LEN];   /* for logs, e.g. "d0" */
	uint32_t rom_len;	   /* bytes of the option ROM, a power of two; 0: none */
	uint8_t revision;	   /* of the PCI function; 0: the model's own */
	struct rte_ether_addr mac; /* as the guest sees it, where we decide that */
	uint16_t mtu;	   /* bytes of payload the guest may send; 0: not limited, not offered */
	uint16_t n_queues; /* queue pairs offered, 1..model->max_queues */
	uint64_t features_mask; /* virtio feature bits that may be offered; all ones: no limit */
	bool carry;		/* leave checksum and TSO unfinished on the mbuf */
	/* to_guest leaves what finds no room in the ring with its caller, as virtio always does, where the
	 * chip would miss it (and say so to the driver). */
	bool waits;
	bool packed; /* virtio: offer packed rings too */
	/* virtio, where the guest cannot set it: of frames to the guest, and of those from it */
	struct nic_coal coal[2];
};

/** One NIC. conf, model, mem, irq: const once running. */
struct nic {
	const struct nic_model *model;
	struct nic_conf conf;
	const struct gmem *mem;	       /* owned by the guest */
	const struct nic_irq_ops *irq; /* the transport's */
	void *irq_ctx;
	struct rte_mempool *pool[NIC_MAX_QUEUES]; /* of from_guest; M writes while D is held */
	bool steers; /* the guest chose queues; C writes while D is held, D reads */
	struct nic_pci_config *config; /* NULL without model->pci; C writes while D is held */
	uint8_t *shared; /* model->pci->shared_len bytes that the guest may map; NULL: none */
	void *state;	 /* the model's: D while running, C when D is held */
};

/** The model of that name or alias; NULL when there is none. Any thread. */
const struct nic_model *nic_model_find(const char *name);

/** The i-th model; NULL behind the last. Any thread. */
const struct nic_model *nic_model_at(unsigned int i);

/**
 * Make a NIC. mem and irq must outlive it.
 * @return NULL and rte_errno: EINVAL (n_queues), ENOMEM, or the model's own init error. Thread: M.
 */
struct nic *nic_create(const struct nic_model *model, const struct nic_conf *conf,
	const struct gmem *mem, const struct nic_irq_ops *irq, void *irq_ctx);

/** Config space as after power-on. Thread: C, datapath held; only for models with pci. */
void nic_config_reset(struct nic *nic);

/** Free it; NULL is fine. Thread: M, datapath stopped. */
void nic_destroy(struct nic *nic);

#endif
