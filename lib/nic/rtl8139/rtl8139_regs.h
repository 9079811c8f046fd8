/* SPDX-License-Identifier: BSD-3-Clause */
/* Registers of the RTL8139C+ and their bits. Source: RTL8139C+ datasheet, section 6, by name. */
#ifndef NIC_RTL8139_RTL8139_REGS_H
#define NIC_RTL8139_RTL8139_REGS_H

#include "base/bits.h"

#define RTL_REGS_LEN 256

#define RTL_IDR 0x00 /* 6 bytes: the station's address */
#define RTL_MAR 0x08 /* 8 bytes: multicast hash */

/* 6, DTCCR: dump tally counter command; C+ mode, over TSD0 and TSD1 */
#define RTL_DTCCR_LO	  0x10
#define RTL_DTCCR_CMD	  BIT32(3)	 /* dump, cleared when done */
#define RTL_DTCCR_LO_ADDR FIELD32(31, 6) /* of 64 bytes */
#define RTL_DTCCR_HI	  0x14

/* 6, TSD0-3: transmit status of descriptor; C mode */
#define RTL_TSD	       0x10
#define RTL_TSD_N      4
#define RTL_TSD_SIZE   FIELD32(12, 0)
#define RTL_TSD_OWN    BIT32(13) /* the frame has left our buffer; 0: to be sent */
#define RTL_TSD_TUN    BIT32(14) /* underrun */
#define RTL_TSD_TOK    BIT32(15) /* sent */
#define RTL_TSD_ERTXTH FIELD32(21, 16)
#define RTL_TSD_TABT   BIT32(30) /* aborted */
#define RTL_TSD_WMASK  (FIELD32(21, 16) | FIELD32(13, 0))

#define RTL_TSAD0     0x20 /* 4 dwords: buffer addresses; C mode */
#define RTL_TNPDS     0x20 /* 2 dwords: ring of normal priority; C+ mode */
#define RTL_THPDS     0x28 /* 2 dwords: ring of high priority; C+ mode */
#define RTL_RING_ADDR FIELD32(31, 8)

#define RTL_RBSTART 0x30 /* receive buffer; C mode */
#define RTL_ERBCR   0x34
#define RTL_ERSR    0x36

/* 6, CR: command */
#define RTL_CR	    0x37
#define RTL_CR_BUFE BIT32(0) /* receive ring empty */
#define RTL_CR_TE   BIT32(2)
#define RTL_CR_RE   BIT32(3)
#define RTL_CR_RST  BIT32(4) /* clears itself */

#define RTL_CAPR       0x38 /* what the driver has read, less 16 */
#define RTL_CAPR_RESET 0xfff0
#define RTL_CAPR_BIAS  16
#define RTL_CBR	       0x3a /* what we have written */

#define RTL_IMR 0x3c /* bits as in ISR */
/* 6, ISR: interrupt status */
#define RTL_ISR		0x3e
#define RTL_ISR_ROK	BIT32(0)
#define RTL_ISR_RER	BIT32(1)
#define RTL_ISR_TOK	BIT32(2)
#define RTL_ISR_TER	BIT32(3)
#define RTL_ISR_RXOVW	BIT32(4) /* receive buffer overflow; C+: no descriptor (RDU) */
#define RTL_ISR_PUN	BIT32(5) /* packet underrun or link change */
#define RTL_ISR_FOVW	BIT32(6)
#define RTL_ISR_TDU	BIT32(7)
#define RTL_ISR_SWINT	BIT32(8)
#define RTL_ISR_LENCHG	BIT32(13)
#define RTL_ISR_TIMEOUT BIT32(14)
#define RTL_ISR_SERR	BIT32(15)
#define RTL_ISR_WMASK	(FIELD32(15, 13) | FIELD32(8, 0))

/* 6, TCR: transmit configuration */
#define RTL_TCR		 0x40
#define RTL_TCR_MXDMA	 FIELD32(10, 8)
#define RTL_TCR_LBK	 FIELD32(18, 17) /* 3: loopback */
#define RTL_TCR_ID_C	 0x74000000	 /* 30:26, 23:22: RTL8139C */
#define RTL_TCR_ID_CPLUS 0x74800000	 /* RTL8139C+ */
#define RTL_TCR_WMASK	 0x030f07f0

/* 6, RCR: receive configuration */
#define RTL_RCR	      0x44
#define RTL_RCR_AAP   BIT32(0) /* all */
#define RTL_RCR_APM   BIT32(1) /* to our address */
#define RTL_RCR_AM    BIT32(2) /* multicast in MAR */
#define RTL_RCR_AB    BIT32(3) /* broadcast */
#define RTL_RCR_WRAP  BIT32(7) /* 1: do not wrap inside a frame */
#define RTL_RCR_RBLEN FIELD32(12, 11)
#define RTL_RCR_WMASK 0x0f03ffbf

#define RTL_RING_MIN 8192 /* bytes of the receive ring: this << RBLEN */
#define RTL_RING_MAX 65536

#define RTL_TCTR 0x48 /* timer; any write zeroes it */
#define RTL_HZ	 33000000
#define RTL_MPC	 0x4c /* missed frames, 24 bits; any write zeroes it */

/* 6, 9346CR: EEPROM command */
#define RTL_9346CR	    0x50
#define RTL_9346CR_EEDO	    BIT32(0)
#define RTL_9346CR_EEDI	    BIT32(1)
#define RTL_9346CR_EESK	    BIT32(2)
#define RTL_9346CR_EECS	    BIT32(3)
#define RTL_9346CR_EEM	    FIELD32(7, 6)
#define RTL_9346CR_AUTOLOAD 1
#define RTL_9346CR_PROGRAM  2
#define RTL_9346CR_CONFIG   3 /* CONFIG0-4 may be written */

#define RTL_CONFIG0  0x51
#define RTL_CONFIG1  0x52
#define RTL_TIMERINT 0x54 /* 0: off */

/* 6, MSR: media status */
#define RTL_MSR	      0x58
#define RTL_MSR_BASE  0xd0
#define RTL_MSR_LINKB BIT32(2) /* link is down */

#define RTL_CONFIG3	0x59
#define RTL_CONFIG4	0x5a
#define RTL_HLTCLK	0x5b
#define RTL_HLTCLK_HALT 'H'
#define RTL_MULINT	0x5c
#define RTL_RERID	0x5e

/* 6, TSAD: the bits of all four TSD together */
#define RTL_TSAD      0x60
#define RTL_TSAD_OWN0 0
#define RTL_TSAD_TABT 4
#define RTL_TSAD_TUN  8
#define RTL_TSAD_TOK  12

/* 6, BMCR: basic mode control of the PHY */
#define RTL_BMCR	 0x62
#define RTL_BMCR_FDX	 BIT32(8)
#define RTL_BMCR_RESTART BIT32(9) /* clears itself */
#define RTL_BMCR_ANE	 BIT32(12)
#define RTL_BMCR_SPEED	 BIT32(13)
#define RTL_BMCR_RST	 BIT32(15) /* clears itself */
/* 6, BMSR: basic mode status */
#define RTL_BMSR	0x64
#define RTL_BMSR_BASE	0x7809
#define RTL_BMSR_LINK	BIT32(2)
#define RTL_BMSR_ANDONE BIT32(5)
#define RTL_ANAR	0x66
#define RTL_ANLPAR	0x68
#define RTL_ANER	0x6a
#define RTL_NWAYTR	0x70 /* Linux: FIFOTMS */
#define RTL_CSCR	0x74
#define RTL_PHY1_PARM	0x78
#define RTL_TW_PARM	0x7c

#define RTL_CONFIG5 0xd8 /* the last register of an RTL8139C */

/* From here on: RTL8139C+ only. */

/* 6, TPPoll: transmit priority polling */
#define RTL_TPPOLL     0xd9
#define RTL_TPPOLL_NPQ BIT32(6)
#define RTL_TPPOLL_HPQ BIT32(7)

/* 6.33, CpCmd: C+ command */
#define RTL_CPCMD	   0xe0
#define RTL_CPCMD_TXEN	   BIT32(0)
#define RTL_CPCMD_RXEN	   BIT32(1)
#define RTL_CPCMD_MULRW	   BIT32(3)
#define RTL_CPCMD_DAC	   BIT32(4)
#define RTL_CPCMD_RXCHKSUM BIT32(5)
#define RTL_CPCMD_RXVLAN   BIT32(6)
#define RTL_CPCMD_WMASK	   0x007b

#define RTL_INTRMITIGATE 0xe2
#define RTL_RDSAR	 0xe4 /* 2 dwords: receive ring */
#define RTL_MTPS	 0xec

#endif
