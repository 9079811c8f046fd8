/* SPDX-License-Identifier: BSD-3-Clause */
/* What lies in guest memory: C mode frame headers, C+ descriptors, the tally dump. */
#ifndef NIC_RTL8139_RTL8139_DESC_H
#define NIC_RTL8139_RTL8139_DESC_H

#include <assert.h>
#include <stdint.h>

#include <rte_byteorder.h>

#include "base/bits.h"

struct nic;

/* Receive status in the header of a C mode frame; the length is in 31:16. */
#define RTL_RSR_ROK  BIT32(0)
#define RTL_RSR_BAR  BIT32(13)
#define RTL_RSR_PAM  BIT32(14)
#define RTL_RSR_MAR  BIT32(15)
#define RTL_RSR_TYPE (RTL_RSR_BAR | RTL_RSR_PAM | RTL_RSR_MAR)
#define RTL_RSR_LEN  16 /* shift */
#define RTL_RSR_HDR  4	/* bytes of the header */

#define RTL_ADDRS_LEN 12u /* bytes of a frame's two addresses */
/* The longest frame either mode receives, CRC included: what RTL_RXD_LEN can say. */
#define RTL_MAX_RECEIVE 8191
/*
 * With RCR.WRAP a frame may run over the ring's end, and drivers are told to have 1.5 KiB there.
 * Longer frames are not for them: they would go into memory that is not the driver's.
 */
#define RTL_WRAP_ROOM 1536

/** A C+ descriptor of either direction; datasheet, section 9. */
struct rtl8139_desc {
	rte_le32_t dw0;
	rte_le32_t dw1;
	rte_le32_t addr_lo;
	rte_le32_t addr_hi;
};
static_assert(sizeof(struct rtl8139_desc) == 16, "RTL8139C+ datasheet, 9");

#define RTL_RING_DESCS 64 /* at most, of each ring */

/* dw0, both directions */
#define RTL_DESC_OWN BIT32(31) /* ours */
#define RTL_DESC_EOR BIT32(30) /* the ring starts over behind it */
#define RTL_DESC_FS  BIT32(29) /* first of a frame */
#define RTL_DESC_LS  BIT32(28) /* last of a frame */

/* dw0, transmit */
#define RTL_TXD_LGSEN BIT32(27)	      /* TCP segmentation */
#define RTL_TXD_MSS   FIELD32(26, 16) /* with LGSEN */
#define RTL_TXD_IPCS  BIT32(18)	      /* without LGSEN: checksums to compute */
#define RTL_TXD_UDPCS BIT32(17)
#define RTL_TXD_TCPCS BIT32(16)
#define RTL_TXD_LEN   FIELD32(15, 0)
/* dw0, transmit, written back: underrun, error summary, late collision, link failure, collisions */
#define RTL_TXD_ERRORS (BIT32(25) | FIELD32(23, 20))
/* dw1, transmit */
#define RTL_TXD_TAGC BIT32(17)	    /* insert a VLAN tag */
#define RTL_DESC_TCI FIELD32(15, 0) /* bytes swapped: as on the wire */

/* dw0, receive, given */
#define RTL_RXD_SIZE FIELD32(12, 0)
/* dw0, receive, written back */
#define RTL_RXD_MAR	BIT32(26)
#define RTL_RXD_PAM	BIT32(25)
#define RTL_RXD_BAR	BIT32(24)
#define RTL_RXD_TYPE_UP 11		/* shift: where RTL_RSR_TYPE is in dw0 */
#define RTL_RXD_RES	BIT32(20)	/* receive error summary */
#define RTL_RXD_PID	FIELD32(17, 16) /* 1 TCP, 2 UDP, 3 other IP; 0 none of them */
#define RTL_RXD_IPF	BIT32(15)
#define RTL_RXD_UDPF	BIT32(14)
#define RTL_RXD_TCPF	BIT32(13)
#define RTL_RXD_LEN	FIELD32(12, 0) /* of the whole frame with its CRC, in the last */
/* dw1, receive, written back */
#define RTL_RXD_TAVA BIT32(16) /* a VLAN tag was taken out */

/** The tally dump (DTCCR). */
struct rtl8139_tally_dump {
	rte_le64_t tx_ok, rx_ok, tx_err;
	rte_le32_t rx_err;
	rte_le16_t missed, alignment;
	rte_le32_t tx_1col, tx_mcol;
	rte_le64_t rx_ok_phy, rx_ok_brd;
	rte_le32_t rx_ok_mul;
	rte_le16_t tx_abort, tx_underrun;
};
static_assert(sizeof(struct rtl8139_tally_dump) == 64, "RTL8139C+ datasheet, 6, DTCCR");

/** A descriptor as read once, in host order. */
struct rtl8139_desc_copy {
	uint32_t dw0, dw1;
	uint64_t addr;
};

/**
 * Read the descriptor at gpa: dw0 first, so that what follows is as valid as OWN says.
 * @return 0; -EFAULT when it is not in guest memory, whole and aligned. Thread: D.
 */
int rtl8139_desc_load(const struct nic *nic, uint64_t gpa, struct rtl8139_desc_copy *d);

/** Hand the descriptor back: dw0 last, after everything written before. As rtl8139_desc_load(). */
int rtl8139_desc_store_dw0(const struct nic *nic, uint64_t gpa, uint32_t dw0);
int rtl8139_desc_store_dw1(const struct nic *nic, uint64_t gpa, uint32_t dw1);

#endif
