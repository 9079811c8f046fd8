/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Registers of the 82540EM and their bits. Source: Intel PCI/PCI-X Family of Gigabit Ethernet
 * Controllers Software Developer's Manual (317453), chapter 13, by name: 13.4 main registers, 13.5
 * filters, 13.6 wake-up, 13.7 statistics, 13.8 diagnostics.
 */
#ifndef NIC_E1000_E1000_REGS_H
#define NIC_E1000_E1000_REGS_H

#include "base/bits.h"

#define E1000_REGS_LEN 0x20000 /* bytes of BAR0 */

/* 13.4, device control */
#define E1000_CTRL	   0x00000
#define E1000_CTRL_DUP	   0x00004 /* the same register */
#define E1000_CTRL_SLU	   BIT32(6)
#define E1000_CTRL_SPD1000 BIT32(9)
#define E1000_CTRL_SWDPIN0 BIT32(18)
#define E1000_CTRL_SWDPIN2 BIT32(20)
#define E1000_CTRL_RST	   BIT32(26) /* clears itself */
#define E1000_CTRL_VME	   BIT32(30) /* VLAN tags are stripped and inserted */
#define E1000_CTRL_PHY_RST BIT32(31) /* clears itself */
#define E1000_CTRL_RESET                                                                           \
	(E1000_CTRL_SLU | E1000_CTRL_SPD1000 | E1000_CTRL_SWDPIN0 | E1000_CTRL_SWDPIN2)

/* 13.4, device status */
#define E1000_STATUS	   0x00008
#define E1000_STATUS_FD	   BIT32(0)
#define E1000_STATUS_LU	   BIT32(1)    /* link is up */
#define E1000_STATUS_FIXED 0x80080780u /* bits 31, 19, MTXCKOK 10, ASDV 9:8, 1000 Mb/s 7 */

/* 13.4, EEPROM lines */
#define E1000_EECD	0x00010
#define E1000_EECD_SK	BIT32(0)
#define E1000_EECD_CS	BIT32(1)
#define E1000_EECD_DI	BIT32(2)
#define E1000_EECD_DO	BIT32(3)
#define E1000_EECD_FWE	FIELD32(5, 4)
#define E1000_EECD_REQ	BIT32(6)
#define E1000_EECD_GNT	BIT32(7)
#define E1000_EECD_PRES BIT32(8)

/* 13.4, EEPROM read */
#define E1000_EERD	 0x00014
#define E1000_EERD_START BIT32(0)
#define E1000_EERD_DONE	 BIT32(4)
#define E1000_EERD_ADDR	 FIELD32(15, 8)
#define E1000_EERD_DATA	 FIELD32(31, 16)

#define E1000_CTRL_EXT	      0x00018
#define E1000_CTRL_EXT_EE_RST BIT32(13) /* clears itself */

/* 13.4, MDI control: the way to the PHY */
#define E1000_MDIC	   0x00020
#define E1000_MDIC_DATA	   FIELD32(15, 0)
#define E1000_MDIC_REG	   FIELD32(20, 16)
#define E1000_MDIC_PHY	   FIELD32(25, 21)
#define E1000_MDIC_OP	   FIELD32(27, 26)
#define E1000_MDIC_WRITE   1
#define E1000_MDIC_READ	   2
#define E1000_MDIC_READY   BIT32(28)
#define E1000_MDIC_INT_EN  BIT32(29)
#define E1000_MDIC_ERROR   BIT32(30)
#define E1000_MDIC_OUR_PHY 1

#define E1000_FCAL 0x00028
#define E1000_FCAH 0x0002c
#define E1000_FCT  0x00030
#define E1000_VET  0x00038 /* ethertype of a VLAN tag */

/* 13.4, interrupts: ICR, and the same bits in ICS, IMS, IMC */
#define E1000_ICR	  0x000c0
#define E1000_ICR_TXDW	  BIT32(0) /* a transmit descriptor was written back */
#define E1000_ICR_TXQE	  BIT32(1) /* transmit ring empty */
#define E1000_ICR_LSC	  BIT32(2) /* link changed */
#define E1000_ICR_RXDMT0  BIT32(4) /* few receive descriptors left */
#define E1000_ICR_RXO	  BIT32(6) /* no receive descriptor for a frame */
#define E1000_ICR_RXT0	  BIT32(7) /* frames received */
#define E1000_ICR_MDAC	  BIT32(9) /* MDIC done */
#define E1000_ICR_TXD_LOW BIT32(15)
#define E1000_ICR_BITS	  FIELD32(16, 0)
#define E1000_ITR	  0x000c4
#define E1000_ICS	  0x000c8
#define E1000_IMS	  0x000d0
#define E1000_IMC	  0x000d8

/* 13.4, receive control */
#define E1000_RCTL	   0x00100
#define E1000_RCTL_EN	   BIT32(1)
#define E1000_RCTL_SBP	   BIT32(2) /* store bad frames */
#define E1000_RCTL_UPE	   BIT32(3) /* all unicast */
#define E1000_RCTL_MPE	   BIT32(4) /* all multicast */
#define E1000_RCTL_LPE	   BIT32(5) /* long frames */
#define E1000_RCTL_LBM	   FIELD32(7, 6)
#define E1000_RCTL_LBM_OFF 0
#define E1000_RCTL_RDMTS   FIELD32(9, 8)   /* RXDMT0 at 1/2, 1/4, 1/8 of the ring */
#define E1000_RCTL_MO	   FIELD32(13, 12) /* bits of the address that choose from MTA */
#define E1000_RCTL_BAM	   BIT32(15)	   /* broadcast */
#define E1000_RCTL_BSIZE   FIELD32(17, 16)
#define E1000_RCTL_VFE	   BIT32(18) /* VLAN filter */
#define E1000_RCTL_BSEX	   BIT32(25) /* BSIZE times 16 */
#define E1000_RCTL_SECRC   BIT32(26) /* strip the CRC */

#define E1000_FCTTV    0x00170
#define E1000_TXCW     0x00178 /* autonegotiation of the fibre chips; drivers try its bits */
#define E1000_TCTL     0x00400
#define E1000_TCTL_EN  BIT32(1)
#define E1000_TCTL_PSP BIT32(3) /* pad short frames */
#define E1000_TIPG     0x00410
#define E1000_AIT      0x00458
#define E1000_LEDCTL   0x00e00
#define E1000_PBA      0x01000

/* Pages that a guest may map: all that D must read there is read once and checked. */
#define E1000_RX_PAGE  0x02000
#define E1000_TX_PAGE  0x03000
#define E1000_PAGE_LEN 0x01000

#define E1000_FCRTL 0x02160
#define E1000_FCRTH 0x02168
#define E1000_RDFH  0x02410
#define E1000_RDFT  0x02418
#define E1000_RDFHS 0x02420
#define E1000_RDFTS 0x02428
#define E1000_RDFPC 0x02430

/* 13.4, the receive ring. The transmit ring's registers lie 0x1000 higher. */
#define E1000_RDBAL	0x02800
#define E1000_RDBAH	0x02804
#define E1000_RDLEN	0x02808
#define E1000_RDH	0x02810
#define E1000_RDT	0x02818
#define E1000_RING_BAL	0x00 /* from RDBAL or TDBAL */
#define E1000_RING_BAH	0x04
#define E1000_RING_LEN	0x08
#define E1000_RING_HEAD 0x10
#define E1000_RING_TAIL 0x18
#define E1000_BAL_ADDR	FIELD32(31, 4)
#define E1000_LEN_BYTES FIELD32(19, 7)
#define E1000_INDEX	FIELD32(15, 0) /* of head and tail */
#define E1000_RDTR	0x02820
#define E1000_RXDCTL	0x02828
#define E1000_RADV	0x0282c
#define E1000_RSRPD	0x02c00
#define E1000_DELAY	FIELD32(15, 0) /* of RDTR, RADV, TIDV, TADV: 1.024 us; of ITR: 256 ns */

#define E1000_TDFH   0x03410
#define E1000_TDFT   0x03418
#define E1000_TDFHS  0x03420
#define E1000_TDFTS  0x03428
#define E1000_TDFPC  0x03430
#define E1000_TDBAL  0x03800
#define E1000_TDBAH  0x03804
#define E1000_TDLEN  0x03808
#define E1000_TDH    0x03810
#define E1000_TDT    0x03818
#define E1000_TIDV   0x03820
#define E1000_TXDCTL 0x03828
#define E1000_TADV   0x0382c
#define E1000_TSPMT  0x03830

/* 13.7, statistics: cleared by reading, stay at all ones */
#define E1000_STATS    0x04000
#define E1000_STATS_N  64
#define E1000_CRCERRS  0x04000
#define E1000_ALGNERRC 0x04004
#define E1000_SYMERRS  0x04008
#define E1000_RXERRC   0x0400c
#define E1000_MPC      0x04010
#define E1000_SCC      0x04014
#define E1000_ECOL     0x04018
#define E1000_MCC      0x0401c
#define E1000_LATECOL  0x04020
#define E1000_COLC     0x04028
#define E1000_DC       0x04030
#define E1000_TNCRS    0x04034
#define E1000_SEQEC    0x04038
#define E1000_CEXTERR  0x0403c
#define E1000_RLEC     0x04040
#define E1000_XONRXC   0x04048
#define E1000_XONTXC   0x0404c
#define E1000_XOFFRXC  0x04050
#define E1000_XOFFTXC  0x04054
#define E1000_FCRUC    0x04058
#define E1000_PRC64    0x0405c
#define E1000_PRC127   0x04060
#define E1000_PRC255   0x04064
#define E1000_PRC511   0x04068
#define E1000_PRC1023  0x0406c
#define E1000_PRC1522  0x04070
#define E1000_GPRC     0x04074
#define E1000_BPRC     0x04078
#define E1000_MPRC     0x0407c
#define E1000_GPTC     0x04080
#define E1000_GORCL    0x04088 /* 64 bits: reading the high half clears both */
#define E1000_GORCH    0x0408c
#define E1000_GOTCL    0x04090
#define E1000_GOTCH    0x04094
#define E1000_RNBC     0x040a0
#define E1000_RUC      0x040a4
#define E1000_RFC      0x040a8
#define E1000_ROC      0x040ac
#define E1000_RJC      0x040b0
#define E1000_MGTPRC   0x040b4
#define E1000_MGTPDC   0x040b8
#define E1000_MGTPTC   0x040bc
#define E1000_TORL     0x040c0
#define E1000_TORH     0x040c4
#define E1000_TOTL     0x040c8
#define E1000_TOTH     0x040cc
#define E1000_TPR      0x040d0
#define E1000_TPT      0x040d4
#define E1000_PTC64    0x040d8
#define E1000_PTC127   0x040dc
#define E1000_PTC255   0x040e0
#define E1000_PTC511   0x040e4
#define E1000_PTC1023  0x040e8
#define E1000_PTC1522  0x040ec
#define E1000_MPTC     0x040f0
#define E1000_BPTC     0x040f4
#define E1000_TSCTC    0x040f8
#define E1000_TSCTFC   0x040fc

/* 13.4, receive checksums */
#define E1000_RXCSUM	   0x05000
#define E1000_RXCSUM_PCSS  FIELD32(7, 0) /* where the packet checksum starts */
#define E1000_RXCSUM_IPOFL BIT32(8)
#define E1000_RXCSUM_TUOFL BIT32(9)

/* 13.5, filters */
#define E1000_MTA	0x05200 /* 128 dwords: hash of addresses */
#define E1000_MTA_N	128
#define E1000_RA	0x05400 /* 16 pairs of RAL and RAH */
#define E1000_RA_N	16
#define E1000_RAH_ADDR	FIELD32(15, 0)
#define E1000_RAH_AV	BIT32(31) /* the pair is in use */
#define E1000_RAH_WMASK (BIT32(31) | FIELD32(17, 0))
#define E1000_VFTA	0x05600 /* 128 dwords: VLAN ids */
#define E1000_VFTA_N	128

/* 13.6, wake-up, and the rest: stored, without effect */
#define E1000_WUC   0x05800
#define E1000_WUFC  0x05808
#define E1000_WUS   0x05810
#define E1000_MANC  0x05820
#define E1000_IPAV  0x05838
#define E1000_IP4AT 0x05840 /* 4 of them, 8 bytes apart */
#define E1000_IP6AT 0x05880
#define E1000_WUPM  0x05a00
#define E1000_SWSM  0x05b50
#define E1000_FFLT  0x05f00 /* 4 of them, 8 bytes apart */
#define E1000_FFMT  0x09000
#define E1000_FFVT  0x09800
#define E1000_PBM   0x10000 /* packet buffer memory */

/* 13.3, the window in I/O space: BAR1 */
#define E1000_IO_LEN	   64
#define E1000_IOADDR	   0x00
#define E1000_IOADDR_WMASK FIELD32(16, 0)
#define E1000_IODATA	   0x04

/* 13.4, PHY registers, by MDIC: IEEE 802.3 clause 22, and those of the Marvell 88E1011 */
#define PHY_BMCR	   0
#define PHY_BMCR_ANRESTART BIT32(9)
#define PHY_BMCR_ANENABLE  BIT32(12)
#define PHY_BMCR_LOOPBACK  BIT32(14)
#define PHY_BMCR_RESET	   BIT32(15)
#define PHY_BMSR	   1
#define PHY_BMSR_FIXED	   0x7949
#define PHY_BMSR_LINK	   BIT32(2)
#define PHY_BMSR_ANDONE	   BIT32(5)
#define PHY_ID1		   2
#define PHY_ID2		   3
#define PHY_ANAR	   4
#define PHY_ANLPAR	   5
#define PHY_ANLPAR_ACK	   BIT32(14)
#define PHY_ANER	   6
#define PHY_GBCR	   9
#define PHY_GBSR	   10
#define PHY_ESTATUS	   15
#define PHY_PSCR	   16
#define PHY_PSSR	   17
#define PHY_PSSR_LINK	   BIT32(10)
#define PHY_IMASK	   18
#define PHY_ISTATUS	   19
#define PHY_EPSCR	   20
#define PHY_RXERR	   21
#define PHY_LED		   24
#define PHY_R26		   26
#define PHY_R29		   29
#define PHY_R30		   30
#define PHY_REGS	   32

#endif
