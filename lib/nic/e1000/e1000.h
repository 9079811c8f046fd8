/* SPDX-License-Identifier: BSD-3-Clause */
/* The e1000 model's state and what its files do for each other. */
#ifndef NIC_E1000_E1000_H
#define NIC_E1000_E1000_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_common.h>
#include <rte_ether.h>

#include "e1000_regs.h"
#include "nic/nic.h"
#include "nic/nic_eeprom.h"
#include "offload/offload.h"

struct e1000_ring;
struct nic_reg;
struct nic_reg_set;
struct nic_rx_filter;
struct rte_mbuf;

/*
 * Threads: C, and D, which may be two lcores: F calls from_guest, T calls to_guest. "held": written
 * by C (or M) while D is held, so that F and T read it as a plain field. In loopback mode, which
 * only changes while D is held, T leaves the receive side alone and F has it.
 */

/** Counters; F writes from_*, T (in loopback mode: F) to_*, C reg_*. Descriptions: e1000_stats.c. */
struct e1000_counters {
	uint64_t from_frames, from_bytes, from_tso, from_bad_chain, from_short, from_oversize;
	uint64_t from_bad_offload, from_no_mbuf, from_bad_ring, from_link_down, from_loopback;
	uint64_t from_interrupts, late_interrupts;
	uint64_t to_looping __rte_cache_aligned; /* always T */
	uint64_t to_disabled, to_frames, to_bytes, to_filtered, to_short, to_oversize;
	uint64_t to_no_buffer, to_bad_chain, to_bad_ring, to_null_buffer, to_interrupts;
	uint64_t reg_narrow __rte_cache_aligned;
	uint64_t reg_unknown;
} __rte_cache_aligned;

/* Bytes of a frame before its type or tag: both addresses. */
#define E1000_ADDRS_LEN 12u

/* The shortest frame on a wire, without its CRC. */
#define E1000_MIN_FRAME (RTE_ETHER_MIN_LEN - RTE_ETHER_CRC_LEN)

/* Frames by size: 64, 127, 255, 511, 1023, 1522 bytes and more. */
#define E1000_SIZES 6

/** What the statistics registers count, since creation; F and T write as above, C reads. */
struct e1000_mac_stats {
	uint64_t gptc, gotc, tot, tpt, mptc, bptc, tsctc, ptc[E1000_SIZES];
	uint64_t gprc __rte_cache_aligned;
	uint64_t gorc, tor, tpr, mprc, bprc, roc, rnbc, mpc, prc[E1000_SIZES];
} __rte_cache_aligned;

/** What a context descriptor sets. Offsets in bytes of the frame, as sent by the guest. */
struct e1000_context {
	uint8_t ipcss, ipcso, tucss, tucso;
	uint16_t ipcse, tucse; /* the last byte, included; 0: to the end */
	uint16_t mss;
	uint8_t hdr_len;
	bool tcp, v4;
};

/** One checksum to insert. */
struct e1000_sum {
	uint32_t start, field, end; /* as in struct e1000_context */
};

/** The transmit side; F, held by C. */
struct e1000_tx {
	struct e1000_context ctx[2]; /* [1]: for TSO frames */
	/* The frame in work, over any number of descriptors and bursts. */
	struct rte_mbuf *first, *last;
	struct e1000_context use; /* as it was at its first descriptor */
	bool open;		  /* a descriptor of it was seen */
	bool skip;		  /* it is refused: drop the rest */
	bool whole;		  /* all of it is there */
	bool prepared;		  /* and ready to be cut or emitted */
	bool tso;
	bool tagged;
	bool legacy_sum; /* insert sum */
	uint8_t popts;	 /* E1000_TXD_IXSM, _TXSM, shifted down by 8 */
	uint16_t tci;
	struct e1000_sum sum;
	bool ring_fault;    /* the ring was last found unusable */
	uint32_t irq_done;  /* descriptors done since the driver last asked for causes */
	uint64_t irq_first; /* TSC of the first of them */
	uint16_t n_segs;    /* segments of a TSO frame that wait in seg */
	uint16_t next_seg;
	struct rte_mbuf *seg[OFFLOAD_MAX_SEGMENTS];
} __rte_cache_aligned;

/** The receive side; T (in loopback mode: F), held by C. */
struct e1000_rx {
	bool ring_fault; /* the ring was last found unusable */
} __rte_cache_aligned;

/* Values of autoneg that are not a time. */
#define E1000_AN_NEVER (UINT64_MAX - 1) /* not since power-on or the cable was plugged */
#define E1000_AN_DONE  UINT64_MAX

/** The model's state. */
struct e1000 {
	/* C writes, D reads. Without nic->shared also the ring pages: D writes heads there. */
	uint32_t reg[E1000_REGS_LEN / 4] __rte_cache_aligned;
	struct nic_eeprom eeprom; /* C */
	uint32_t io_addr;	  /* C */
	uint16_t phy[PHY_REGS];	  /* C; BMCR: held */
	bool link_down;		  /* the cable is pulled; held */
	uint64_t tsc_hz;	  /* const */
	/* What F and T write while frames go through; what is above, they only read. */
	uint64_t irq __rte_cache_aligned; /* e1000_irq.c; any thread, atomic */
	uint64_t irq_quiet_until;	  /* TSC; any thread, atomic */
	uint32_t irq_delay_tx;		  /* a descriptor with IDE was seen; any thread, atomic */
	/* TSC until when descriptors that are done raise no interrupt by themselves; 0: there is none
	 * that the driver has not been told of; any thread, atomic */
	uint64_t irq_tx_due;
	uint64_t autoneg;	      /* TSC when it ends, or E1000_AN_*; any thread, atomic */
	struct e1000_mac_stats base;  /* what C has reported already */
	struct e1000_mac_stats latch; /* C: 64-bit counters as of the last read of the low half */
	struct e1000_tx tx;
	struct e1000_rx rx;
	struct e1000_counters count;
	struct e1000_mac_stats mac;
};

extern const struct nic_model e1000_model;

#define E1000_N_STATS 27
extern const struct stat_desc e1000_stats[E1000_N_STATS];

/* Registers. */

extern const struct nic_reg_set e1000_regs;

/** Where a register is kept. Thread: any. */
static inline uint32_t *
e1000_cell(const struct nic *nic, uint32_t offset)
{
	struct e1000 *s = nic->state;

	if (nic->shared != NULL && offset - E1000_RX_PAGE < 2 * E1000_PAGE_LEN)
		return (uint32_t *)(nic->shared + offset);
	return &s->reg[offset / 4];
}

/** A register outside the ring pages. Thread: any. */
static inline uint32_t
e1000_get(const struct e1000 *s, uint32_t offset)
{
	return __atomic_load_n(&s->reg[offset / 4], __ATOMIC_RELAXED);
}

static inline void
e1000_put(struct e1000 *s, uint32_t offset, uint32_t val)
{
	__atomic_store_n(&s->reg[offset / 4], val, __ATOMIC_RELAXED);
}

/** A register of the ring pages, which the guest may write at any time. Thread: any. */
static inline uint32_t
e1000_get_page(const struct nic *nic, uint32_t offset)
{
	return __atomic_load_n(e1000_cell(nic, offset), __ATOMIC_ACQUIRE);
}

/** nic_pci ops. */
uint32_t e1000_read(struct nic *nic, uint8_t bar, uint32_t off, unsigned int size);
void e1000_write(struct nic *nic, uint8_t bar, uint32_t off, unsigned int size, uint32_t val);
bool e1000_needs_hold(const struct nic *nic, uint8_t bar, uint32_t off);

/** What CTRL.RST does: all but the PHY and the EEPROM as after power-on. Thread: C, D held. */
void e1000_mac_reset(struct nic *nic);

/** Whether the guest lets us reach its memory. Thread: any. */
bool e1000_is_master(const struct nic *nic);

/* EEPROM. Thread: C. */

void e1000_eeprom_fill(struct nic *nic);
uint32_t e1000_eecd_read(struct nic *nic, uint32_t offset);
void e1000_eecd_write(struct nic *nic, uint32_t offset, uint32_t old, uint32_t val);
void e1000_eerd_write(struct nic *nic, uint32_t offset, uint32_t old, uint32_t val);
/** RA[0] from the EEPROM. D held. */
void e1000_load_address(struct nic *nic);

/* Statistics registers. Thread: C. */

uint32_t e1000_mac_stat_read(struct nic *nic, uint32_t offset);
/** The same, without clearing it. Thread: any, with C kept out. */
uint32_t e1000_mac_stat_peek(const struct nic *nic, uint32_t offset);
/** All of them 0. D held. */
void e1000_mac_stats_reset(struct e1000 *s);

/* Statistics; F, and T (in loopback mode: F). */

/** n equal frames of len bytes, without CRC, were sent or received. dst: where they go. */
void e1000_count_sent(struct e1000_mac_stats *mac, const struct rte_ether_addr *dst, uint32_t len,
	uint32_t n);
void e1000_count_received(struct e1000_mac_stats *mac, const struct rte_ether_addr *dst,
	uint32_t len, bool stripped);

/* PHY and link. */

/** Thread: C, D held. */
void e1000_phy_reset(struct nic *nic);
void e1000_mdic_write(struct nic *nic, uint32_t offset, uint32_t old, uint32_t val);
/** nic_model.set_link */
void e1000_set_link(struct nic *nic, bool up);
/** Thread: any. */
bool e1000_link_is_up(const struct e1000 *s);
/** STATUS as the driver reads it; its cell follows, for people. Thread: any. */
uint32_t e1000_status(const struct e1000 *s);
/** Whether the transmitter is looped back to the receiver. Thread: any, its registers are held. */
bool e1000_looping(const struct e1000 *s);
/** End autonegotiation when its time has come. Thread: any. */
void e1000_link_expire(struct nic *nic);

/* Interrupts. Thread: any. */

/** Set bits of ICR. @return whether that raised the line. */
bool e1000_irq_set(struct nic *nic, uint32_t bits);
void e1000_irq_clear(struct nic *nic, uint32_t bits);
/** All of ICR, which is 0 then. */
uint32_t e1000_irq_take(struct nic *nic);
void e1000_irq_unmask(struct nic *nic, uint32_t bits);
void e1000_irq_mask(struct nic *nic, uint32_t bits);
uint32_t e1000_irq_causes(const struct e1000 *s);
uint32_t e1000_irq_enabled(const struct e1000 *s);
/** The INTx disable bit of the command register. */
void e1000_irq_disable(struct nic *nic, bool disable);
/** ICR and IMS are 0, no timer runs. */
void e1000_irq_reset(struct nic *nic);
/** Whether a postponed interrupt waits for the end of the quiet time. */
bool e1000_irq_waits(const struct e1000 *s);
/** Raise it when its time has come. @return whether that raised the line. */
bool e1000_irq_expire(struct nic *nic);
/**
 * n more descriptors of a ring of that many are done, before e1000_irq_set() says so. hurry: the driver
 * asked for an interrupt without delay with one of them. Thread: F.
 */
void e1000_irq_tx_done(struct nic *nic, uint32_t n, uint32_t ring, bool hurry);

/** Both timers; a compare each when none runs. */
static inline void
e1000_poll_timers(struct nic *nic)
{
	struct e1000 *s = nic->state;

	if (unlikely(__atomic_load_n(&s->autoneg, __ATOMIC_RELAXED) < E1000_AN_NEVER))
		e1000_link_expire(nic);
	if (unlikely(e1000_irq_waits(s)) && e1000_irq_expire(nic))
		__atomic_fetch_add(&s->count.late_interrupts, 1, __ATOMIC_RELAXED);
}

/* From the guest. Thread: F. */

/** One from_guest() call on its way. */
struct e1000_burst {
	struct rte_mbuf **pkts;
	uint16_t n;			/* room in pkts */
	uint16_t got;			/* frames in pkts */
	uint16_t tries;			/* frames that may still be looked at */
	uint16_t descs;			/* descriptors that may still be looked at */
	uint32_t icr;			/* ICR bits to set in the end */
	uint32_t ring;			/* descriptors of the ring */
	uint32_t done;			/* of them, those to tell the driver of */
	bool hurry;			/* without delay (no IDE) */
	const struct gmem_region *hint; /* of the last buffer */
	uint64_t bytes;
	uint16_t n_fresh; /* mbufs in fresh */
	struct rte_mbuf *fresh[8];
};

/** nic_model.from_guest */
uint16_t e1000_from_guest(struct nic *nic, uint16_t q, struct rte_mbuf **pkts, uint16_t n);

/** Drop the frame in work and the segments that wait. Thread: C, D held. */
void e1000_tx_forget(struct e1000 *s);

/** Drop the frame in work and count why; the rest of it is skipped. */
void e1000_tx_refuse(struct e1000 *s, int why);

/**
 * Take one data or legacy descriptor.
 * @param lo, hi  the halves of info
 * @return 0; -ENOMEM: it is as if it had not been called.
 */
int e1000_tx_data(struct nic *nic, struct e1000_burst *b, uint64_t addr, uint32_t lo, uint32_t hi);

/** Take one context descriptor. */
void e1000_tx_context(struct e1000 *s, uint64_t offsets, uint32_t lo, uint32_t hi);

/** Finish the frame in work when it is whole, and emit it. @return false when that must wait. */
bool e1000_tx_finish(struct nic *nic, struct e1000_burst *b);

/** Emit segments that wait, as far as there is room. @return whether none waits any more. */
bool e1000_emit_segments(struct nic *nic, struct e1000_burst *b);

/** An mbuf; NULL when the pool is empty. */
struct rte_mbuf *e1000_fresh(const struct nic *nic, struct e1000_burst *b);

/** Whether frames may leave us with checksums and segmentation undone. */
bool e1000_carries(const struct nic *nic);

/**
 * Insert the checksums that the descriptors of the frame in work ask for, or mark it for others to do
 * it; mark it for TSO.
 * @return 0; -EBADMSG when descriptors and frame contradict each other.
 */
int e1000_offload_tx(const struct nic *nic, struct rte_mbuf *m);

/* To the guest. Thread: T, in loopback mode F. */

/** nic_model.to_guest */
uint16_t e1000_to_guest(struct nic *nic, uint16_t q, struct rte_mbuf **pkts, uint16_t n);

/**
 * Give frames to the guest, or count why not. They stay the caller's.
 * @param waiting  out: how many of the last must wait for room; NULL: none may, they are missed.
 * @return ICR bits.
 */
uint32_t e1000_deliver(struct nic *nic, struct rte_mbuf **pkts, uint16_t n, uint16_t *waiting);

/** Whether frames can be received at all, link apart. */
bool e1000_can_receive(const struct nic *nic);

/** Whether the frame whose first 18 bytes are head (at an even address) is for us. */
bool e1000_filter(const struct e1000 *s, uint32_t rctl, const uint8_t *head);

/** What the receive checksum unit says about the frame: bits and csum of a descriptor's info. */
uint64_t e1000_offload_rx(const struct rte_mbuf *m, uint32_t rxcsum);

/** nic_pci.peek and nic_model.rx_filter */
uint32_t e1000_peek(struct nic *nic, const struct nic_reg *reg, uint32_t offset);
void e1000_rx_filter(const struct nic *nic, struct nic_rx_filter *f);

#endif
