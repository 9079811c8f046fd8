/* SPDX-License-Identifier: BSD-3-Clause */
/* The rtl8139 model's state and what its files do for each other. */
#ifndef NIC_RTL8139_RTL8139_H
#define NIC_RTL8139_RTL8139_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_common.h>
#include <rte_ether.h>

#include "nic/nic.h"
#include "nic/nic_eeprom.h"
#include "offload/offload.h"
#include "rtl8139_desc.h"
#include "rtl8139_regs.h"

struct nic_reg;
struct nic_reg_set;
struct nic_rx_filter;
struct rte_mbuf;

/*
 * Threads: C, and D, which may be two lcores: F calls from_guest, T calls to_guest. "held": written
 * by C (or M) while D is held, so that F and T read it as a plain field. In loopback mode, which
 * only changes while D is held, T leaves the receive side alone and F has it.
 */

/** Counters; F writes from_*, T (in loopback mode: F) to_*. Descriptions in rtl8139_stats.c. */
struct rtl8139_counters {
	uint64_t from_frames, from_bytes, from_bad_chain, from_short, from_oversize;
	uint64_t from_bad_offload, from_no_mbuf, from_bad_ring, from_link_down, from_loopback;
	uint64_t from_interrupts;
	uint64_t to_looping __rte_cache_aligned; /* always T */
	uint64_t to_disabled, to_frames, to_bytes, to_filtered, to_short, to_too_big;
	uint64_t to_no_buffer, to_bad_chain, to_interrupts;
} __rte_cache_aligned;

/** Tally counters since the last chip reset; D writes as above, C reads. */
struct rtl8139_tally {
	uint64_t tx_ok;
	uint64_t rx_ok __rte_cache_aligned;
	uint64_t rx_err, missed, rx_ok_phy, rx_ok_brd, rx_ok_mul;
};

/** The transmit side; F, held by C. */
struct rtl8139_tx {
	uint16_t slot;	    /* C mode: the next TSD to look at */
	uint16_t index[2];  /* C+ mode: the next descriptor, of the normal and the high ring */
	bool ring_fault[2]; /* C+ mode: the ring was last found outside guest memory */
	uint16_t
		ring_len; /* C+ mode: descriptors of the normal ring; 0: its end was not seen yet */
	uint32_t irq_done;  /* frames sent since irq_first */
	uint64_t irq_first; /* TSC when TOK began to wait; 0: it does not */
	uint64_t irq_last;  /* TSC of the last frame since then */
	uint64_t look_at;   /* TSC when rtl8139_rx_look() is due */
	uint32_t untold_at; /* how far the driver had read at the last look */
	bool untold;	    /* and there was something that it was not told of */
	uint16_t n_segs;    /* segments of a TSO frame that wait in seg */
	uint16_t next_seg;  /* the first of them still there */
	struct rte_mbuf *seg[OFFLOAD_MAX_SEGMENTS];
} __rte_cache_aligned;

/** The receive side; T (in loopback mode: F), held by C. */
struct rtl8139_rx {
	uint16_t cbr;	/* C mode: where the next frame goes, bytes; D stores, C loads */
	uint16_t index; /* C+ mode: the next descriptor */
	uint8_t flat[RTL_MAX_RECEIVE]; /* a frame that is not in one piece, or too short */
} __rte_cache_aligned;

#define RTL8139_TIMER_OFF UINT64_MAX

/** The model's state. */
struct rtl8139 {
	uint8_t reg[RTL_REGS_LEN] __rte_cache_aligned; /* C writes, D reads; TSD also F */
	struct nic_eeprom eeprom;		       /* C */
	bool plain;				       /* an 8139C, without C+ registers; const */
	bool cplus;	    /* CpCmd was written since the last reset; held */
	bool halted;	    /* HLTCLK; held */
	bool link_down;	    /* held */
	uint64_t tctr_base; /* TSC when TCTR was 0; held */
	/* What F and T write while frames go through; what is above, they only read (but TSD). */
	uint64_t irq __rte_cache_aligned; /* rtl8139_irq.c; any thread, atomic */
	uint64_t timer_at; /* TSC when the timer interrupts, or RTL8139_TIMER_OFF; held, and F */
	uint32_t polled;   /* RTL_TPPOLL bits since TE was set; C stores, F loads */
	uint32_t missed;   /* MPC; D adds, C clears */
	struct rtl8139_tx tx;
	struct rtl8139_rx rx;
	struct rtl8139_counters count;
	struct rtl8139_tally tally;
};

extern const struct nic_model rtl8139_model;

#define RTL8139_N_STATS 21
extern const struct stat_desc rtl8139_stats[RTL8139_N_STATS];

/** One from_guest() call on its way. F. */
struct rtl8139_burst {
	struct rte_mbuf **pkts;
	uint16_t n;	/* room in pkts */
	uint16_t got;	/* frames in pkts */
	uint16_t tries; /* frames that may still be looked at */
	uint32_t isr;	/* ISR bits to set in the end */
	uint32_t done;	/* frames that TOK stands for */
};

/** A piece of a frame in guest memory. */
struct rtl8139_piece {
	uint64_t gpa;
	uint32_t len; /* bytes, 0..65535 */
};

/** A frame for the guest, in one piece, as the receive side works on it. */
struct rtl8139_frame {
	const uint8_t *data;
	uint32_t len;	  /* bytes, at least 60 */
	uint32_t cut;	  /* bytes behind the addresses that are left out: a VLAN tag, or 0 */
	uint8_t crc[4];	  /* of all of data, as on the wire */
	uint32_t type;	  /* RTL_RSR_BAR, _PAM or _MAR; 0: none of them */
	uint32_t rxd_dw0; /* RTL_RXD_* bits about checksums */
	uint32_t rxd_dw1; /* TAVA and tag */
};

/* Registers. Thread of the readers: any. */

extern const struct nic_reg_set rtl8139_regs;

uint8_t rtl8139_get8(const struct rtl8139 *s, uint32_t offset);
uint16_t rtl8139_get16(const struct rtl8139 *s, uint32_t offset);
uint32_t rtl8139_get32(const struct rtl8139 *s, uint32_t offset);
/** Two registers, low dword first. */
uint64_t rtl8139_get64(const struct rtl8139 *s, uint32_t offset);
void rtl8139_put16(struct rtl8139 *s, uint32_t offset, uint16_t val);
void rtl8139_put32(struct rtl8139 *s, uint32_t offset, uint32_t val);

/** The registers this NIC has. */
const struct nic_reg_set *rtl8139_reg_set(const struct nic *nic);

/** Bytes of the C mode receive ring. Thread: any. */
uint32_t rtl8139_ring_size(const struct rtl8139 *s);
/** How far the driver has read there, bytes. Thread: any. */
uint32_t rtl8139_ring_read(const struct rtl8139 *s);
/** Where the next frame goes there, bytes; what is before it is complete. Thread: any. */
uint32_t rtl8139_ring_written(const struct rtl8139 *s);

/** nic_pci ops. */
uint32_t rtl8139_read(struct nic *nic, uint8_t bar, uint32_t off, unsigned int size);
void rtl8139_write(struct nic *nic, uint8_t bar, uint32_t off, unsigned int size, uint32_t val);
bool rtl8139_needs_hold(const struct nic *nic, uint8_t bar, uint32_t off);

/** What CR.RST and autoload do: all but MAR and TSAD as after power-on. Thread: C, D held. */
void rtl8139_chip_reset(struct nic *nic);

/** Whether the transmitter is looped back to the receiver. Thread: any, TCR is held. */
bool rtl8139_looping(const struct rtl8139 *s);

/** Whether the guest lets us reach its memory. Thread: any. */
bool rtl8139_is_master(const struct nic *nic);

/* Interrupts. Thread: any. */

/** Set bits of ISR. @return whether that raised the line. */
bool rtl8139_irq_set(struct nic *nic, uint32_t bits);
/** n frames were sent: set TOK, which may raise the line later. @return as above. Thread: F. */
bool rtl8139_irq_sent(struct nic *nic, uint32_t n);
/** Raise the line for TOK when its time has come. @return as above. Thread: F. */
bool rtl8139_irq_expire(struct nic *nic);
/** Whether TOK waits. Thread: F. */
static inline bool
rtl8139_irq_waits(const struct rtl8139 *s)
{
	return s->tx.irq_first != 0;
}
void rtl8139_irq_clear(struct nic *nic, uint32_t bits);
void rtl8139_irq_mask(struct nic *nic, uint32_t imr);
/** The INTx disable bit of the command register. */
void rtl8139_irq_disable(struct nic *nic, bool disable);
/** ISR and IMR are 0. */
void rtl8139_irq_reset(struct nic *nic);
/** ISR as the driver reads it: a bit that is set again from now on survives the driver's clearing it. */
uint32_t rtl8139_irq_read(struct nic *nic);
uint32_t rtl8139_irq_status(const struct rtl8139 *s);

/* The timer. */

/** TCTR. Thread: C. */
uint32_t rtl8139_timer_count(const struct rtl8139 *s);
/** Work out timer_at anew, from now on. Thread: C with D held; F. */
void rtl8139_timer_arm(struct rtl8139 *s);
/** Set ISR.TimeOut when it is time. Thread: F. */
void rtl8139_timer_poll(struct nic *nic);

/** Write the tally counters to guest memory. Thread: C. */
void rtl8139_tally_dump(struct nic *nic, uint64_t gpa);

/* From the guest. Thread: F. */

/** nic_model.from_guest */
uint16_t rtl8139_from_guest(struct nic *nic, uint16_t q, struct rte_mbuf **pkts, uint16_t n);

/**
 * Copy a frame of n pieces out of guest memory.
 * @return 0 and *out; -ENOMEM when no mbuf is there; -ENOSPC for less than an Ethernet header, -E2BIG
 *         for more than a frame may have, -EFAULT for a piece outside guest memory.
 */
int rtl8139_read_frame(const struct nic *nic, const struct rtl8139_piece *piece, unsigned int n,
	struct rte_mbuf **out);

/** Count a frame that rtl8139_read_frame() or rtl8139_offload_tx() refused. */
void rtl8139_refuse(struct rtl8139 *s, int why);

/** Send a complete or marked frame on its way; takes m. */
void rtl8139_emit(struct nic *nic, struct rtl8139_burst *b, struct rte_mbuf *m);

/** Emit segments that wait, as far as there is room. @return whether none waits any more. */
bool rtl8139_emit_segments(struct nic *nic, struct rtl8139_burst *b);

/** Drop the segments that wait. Thread: C, D held. */
void rtl8139_drop_segments(struct rtl8139 *s);

/** Serve the C+ rings. */
void rtl8139_cplus_from_guest(struct nic *nic, struct rtl8139_burst *b);

/**
 * Do what a C+ descriptor asks of its frame, or mark it for others to do.
 * @param m  the frame, of one owner; stays the caller's. When it is cut into segments, these are
 *           in s->tx.seg afterwards
 * @return 0; -EBADMSG when descriptor and frame contradict each other; -ENOMEM.
 */
int rtl8139_offload_tx(struct nic *nic, struct rte_mbuf *m, uint32_t dw0);

/* To the guest. Thread: T, in loopback mode F. */

/** nic_model.to_guest */
uint16_t rtl8139_to_guest(struct nic *nic, uint16_t q, struct rte_mbuf **pkts, uint16_t n);

/** Whether frames can be received at all. */
bool rtl8139_can_receive(const struct nic *nic);

/** Give one frame to the guest, or count why not. @return ISR bits. m stays the caller's. */
uint32_t rtl8139_deliver(struct nic *nic, const struct rte_mbuf *m);

/** Write n bytes of frame f as received (less the cut, with CRC) from byte off. @return 0; -EFAULT. */
int rtl8139_copy_out(const struct nic *nic, const struct rtl8139_frame *f, uint32_t off,
	uint64_t gpa, uint32_t n);

/** Bytes of the frame as received, CRC included. */
static inline uint32_t
rtl8139_frame_len(const struct rtl8139_frame *f)
{
	return f->len - f->cut + RTE_ETHER_CRC_LEN;
}

/** There was no room for a frame: count it. @return ISR bits. */
uint32_t rtl8139_miss(struct rtl8139 *s);

/**
 * C mode: set ROK if the driver has frames to read that ISR does not tell of, as the chip would with the next
 * frame. Linux's 8139too needs it: it reads 64 frames at a time, clears ROK for each, then goes on if ISR is
 * not 0, else waits for an interrupt, whatever else is in the ring. But no other frame may come, because
 * there is none, or because it waits for room there (nic_conf.waits). Called when it lets ROK interrupt.
 * Thread: any.
 */
void rtl8139_rx_remind(struct nic *nic);

/** The same when the driver has read nothing since the last look. Thread: F, every RTL_LOOK_US. */
void rtl8139_rx_look(struct nic *nic, uint64_t now);
#define RTL_LOOK_US 500

/** C+ mode: whether a frame of total bytes, with CRC, finds the ring full, and waiting may help. */
bool rtl8139_cplus_full(const struct nic *nic, uint32_t total);

/** Put a frame into the C+ ring. @return ISR bits. */
uint32_t rtl8139_cplus_deliver(struct nic *nic, const struct rtl8139_frame *f);

/** What the receive checksum unit says about the frame: RTL_RXD_* bits. */
uint32_t rtl8139_offload_rx(const struct rtl8139_frame *f, const struct rte_mbuf *m);

/** Whether the frame is for us. type: RTL_RSR_BAR, _PAM, _MAR or 0. */
bool rtl8139_filter(const struct rtl8139 *s, const struct rte_ether_addr *dst, uint32_t *type);

/** nic_pci.peek and nic_model.rx_filter */
uint32_t rtl8139_peek(struct nic *nic, const struct nic_reg *reg, uint32_t offset);
void rtl8139_rx_filter(const struct nic *nic, struct nic_rx_filter *f);

#endif
