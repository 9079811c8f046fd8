/* SPDX-License-Identifier: BSD-3-Clause */
/* Descriptors in guest memory. Source: 317453, 3.2.3 (receive), 3.3.3 to 3.3.7 (transmit). */
#ifndef NIC_E1000_E1000_DESC_H
#define NIC_E1000_E1000_DESC_H

#include <assert.h>
#include <stdint.h>

#include <rte_byteorder.h>

#include "base/bits.h"

/** Any descriptor: the address of a buffer (or offsets), and the rest. */
struct e1000_desc {
	rte_le64_t addr;
	rte_le64_t info;
};
static_assert(sizeof(struct e1000_desc) == 16, "3.2.3");

/* 3.2.3, receive: bits of info */
#define E1000_RXD_LEN_AT     0	/* 16 bits */
#define E1000_RXD_CSUM_AT    16 /* 16 bits */
#define E1000_RXD_DD	     BIT64(32)
#define E1000_RXD_EOP	     BIT64(33)
#define E1000_RXD_IXSM	     BIT64(34) /* no checksum was looked at */
#define E1000_RXD_VP	     BIT64(35) /* a tag was stripped */
#define E1000_RXD_UDPCS	     BIT64(36)
#define E1000_RXD_TCPCS	     BIT64(37)
#define E1000_RXD_IPCS	     BIT64(38)
#define E1000_RXD_TCPE	     BIT64(45) /* wrong TCP or UDP checksum */
#define E1000_RXD_IPE	     BIT64(46)
#define E1000_RXD_RXE	     BIT64(47) /* the frame is not to be used */
#define E1000_RXD_SPECIAL_AT 48	       /* 16 bits: the tag */

/* 3.3.3, transmit: low half of info */
#define E1000_TXD_LEN	 FIELD32(15, 0)
#define E1000_TXD_CSO	 FIELD32(23, 16) /* legacy */
#define E1000_TXD_DTALEN FIELD32(19, 0)	 /* data */
#define E1000_TXD_DTYP	 FIELD32(23, 20) /* not legacy */
#define E1000_DTYP_CTX	 0
#define E1000_DTYP_DATA	 1
#define E1000_TXD_EOP	 BIT32(24)
#define E1000_TXD_IC	 BIT32(26) /* legacy */
#define E1000_TXD_TSE	 BIT32(26) /* not legacy */
#define E1000_TXD_RS	 BIT32(27)
#define E1000_TXD_RPS	 BIT32(28)
#define E1000_TXD_DEXT	 BIT32(29) /* not legacy */
#define E1000_TXD_VLE	 BIT32(30)
#define E1000_TXD_IDE	 BIT32(31)
/* 3.3.6, context: low half of info */
#define E1000_TXC_PAYLEN FIELD32(19, 0)
#define E1000_TXC_TCP	 BIT32(24)
#define E1000_TXC_IP	 BIT32(25) /* IPv4 */

/* 3.3.3, transmit: high half of info */
#define E1000_TXD_DD	  BIT32(0)
#define E1000_TXD_STATUS  FIELD32(3, 0)
#define E1000_TXD_CSS	  FIELD32(15, 8) /* legacy */
#define E1000_TXD_IXSM	  BIT32(8)	 /* data */
#define E1000_TXD_TXSM	  BIT32(9)	 /* data */
#define E1000_TXD_SPECIAL FIELD32(31, 16)
/* 3.3.6, context: high half of info */
#define E1000_TXC_HDRLEN FIELD32(15, 8)
#define E1000_TXC_MSS	 FIELD32(31, 16)
/* 3.3.6, context: low and high half of addr, alike */
#define E1000_TXC_START FIELD32(7, 0)
#define E1000_TXC_FIELD FIELD32(15, 8)
#define E1000_TXC_END	FIELD32(31, 16)

#define E1000_TXD_STATUS_BYTE 12 /* offset in the descriptor */

#endif
