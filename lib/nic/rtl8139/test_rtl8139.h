/* SPDX-License-Identifier: BSD-3-Clause */
/* For tests: one rtl8139 over a small guest memory, and the driver's hands. */
#ifndef NIC_RTL8139_TEST_RTL8139_H
#define NIC_RTL8139_TEST_RTL8139_H

#include <CUnit/CUnit.h>

#include "gmem/gmem.h"
#include "rtl8139.h"
#include "rtl8139_desc.h"

/* Two regions that touch each other in guest addresses but not in ours, then a hole. */
#define T_GPA0	 0x10000u
#define T_LEN0	 0x200000u
#define T_BORDER (T_GPA0 + T_LEN0)
#define T_LEN1	 0x100000u
#define T_END	 (T_BORDER + T_LEN1)

/* Where the driver keeps its things. */
#define T_RX_DATA   T_GPA0		 /* C mode ring, with room behind; or C+ buffers */
#define T_TX_DATA   (T_GPA0 + 0x100000u) /* C+ and C mode transmit buffers */
#define T_TX_RING   (T_GPA0 + 0x180000u) /* C+ */
#define T_HI_RING   (T_GPA0 + 0x181000u) /* C+ */
#define T_RX_RING   (T_GPA0 + 0x182000u) /* C+ */
#define T_TALLY	    (T_GPA0 + 0x183000u)
#define T_RX_BUF(i) (T_RX_DATA + 0x800u * (i)) /* C+ */

#define T_MULTI_MAC                                                                                \
	{                                                                                          \
		{                                                                                  \
			0x01, 0x00, 0x5e, 0x00, 0x00, 0x01                                         \
		}                                                                                  \
	}

struct test_rtl8139 {
	uint8_t *hva[2];
	struct gmem mem;
	struct nic *nic;
	bool line;	     /* the interrupt line; any thread */
	unsigned int raises; /* calls; any thread */
	unsigned int pool_before;
	uint16_t tx, rx; /* the driver's next C+ descriptor */
	struct rte_mbuf *held[1023];
	unsigned int n_held;
};

extern struct rte_mempool *test_pool;
extern const struct rte_ether_addr test_mac, test_other_mac, test_multi_mac, test_broadcast;

/** Bring a NIC up after a PCI probe, as revision (0: its own). Tear it down, checking the pool. */
void t_up(struct test_rtl8139 *t, uint8_t revision, bool carry);
void t_down(struct test_rtl8139 *t);

/** Register accesses by BAR 1. */
void t_w8(struct test_rtl8139 *t, uint32_t off, uint8_t val);
void t_w16(struct test_rtl8139 *t, uint32_t off, uint16_t val);
void t_w32(struct test_rtl8139 *t, uint32_t off, uint32_t val);
uint8_t t_r8(struct test_rtl8139 *t, uint32_t off);
uint16_t t_r16(struct test_rtl8139 *t, uint32_t off);
uint32_t t_r32(struct test_rtl8139 *t, uint32_t off);

/** The PCI command register. */
void t_command(struct test_rtl8139 *t, uint16_t val);

/** Guest memory; both work across the regions' border. */
void t_put(const struct test_rtl8139 *t, uint64_t gpa, const void *src, uint32_t len);
void t_get(const struct test_rtl8139 *t, uint64_t gpa, void *dst, uint32_t len);
uint32_t t_get32(const struct test_rtl8139 *t, uint64_t gpa);

/** The counter of that name. */
uint64_t t_count(const struct test_rtl8139 *t, const char *name);

/** A frame to dst of len bytes with a pattern that starts at seed. */
void t_frame(uint8_t *frame, uint32_t len, const struct rte_ether_addr *dst, uint8_t seed);

/** An mbuf, chained if need be, with these bytes. */
struct rte_mbuf *t_mbuf(const uint8_t *frame, uint32_t len);

/** Give a frame to the guest; it must be taken. */
void t_give(struct test_rtl8139 *t, const uint8_t *frame, uint32_t len);

/** Whether m holds exactly these bytes. */
bool t_mbuf_is(const struct rte_mbuf *m, const uint8_t *frame, uint32_t len);

/** The CRC of a frame as the last four bytes on the wire, computed bit by bit. */
uint32_t t_crc(const uint8_t *frame, uint32_t len);

/** Start C mode (with a ring of 8 KiB << rblen) and C+ mode. */
void t_start_c(struct test_rtl8139 *t, uint32_t rcr);
void t_start_cplus(struct test_rtl8139 *t, uint16_t cpcmd);

/** Write transmit descriptor i of a C+ ring. */
void t_desc(struct test_rtl8139 *t, uint64_t ring, unsigned int i, uint32_t dw0, uint32_t dw1,
	uint64_t addr);

/** Send one frame from one descriptor of the normal ring, which has 8; flags and dw1 as they are. */
void t_send_cplus(struct test_rtl8139 *t, const uint8_t *frame, uint32_t len, uint32_t flags,
	uint32_t dw1);

/** Take one frame that the guest sent; NULL when there is none. */
struct rte_mbuf *t_take(struct test_rtl8139 *t);

/** The guest sent exactly this frame, and no other. */
void t_expect(struct test_rtl8139 *t, const uint8_t *frame, uint32_t len);

/** The guest sent nothing. */
void t_expect_none(struct test_rtl8139 *t);

/** Take and free all that the guest sent, n at a time. @return how many. */
unsigned int t_drain(struct test_rtl8139 *t, uint16_t n);

/** Whatever was done to the NIC: after a reset it starts in C+ mode and passes a frame each way. */
void t_alive(struct test_rtl8139 *t);

/** Take all mbufs of the pool, and give them back. */
void t_starve(struct test_rtl8139 *t);
void t_feed(struct test_rtl8139 *t);

/** All frames that were to go to the guest, as the counters have it: given and dropped. */
uint64_t t_accounted(const struct test_rtl8139 *t);

/** What an IPv4 frame of these tests is. */
struct t_ip {
	uint8_t proto;
	uint16_t fragment; /* the header's field */
	bool tagged;	   /* has a VLAN tag */
	uint32_t options;  /* bytes of IP options */
	uint32_t payload;  /* bytes behind the L4 header */
	uint32_t pad;	   /* bytes behind the IP packet */
};

#define T_IP_SRC 0x0a000002
#define T_IP_DST 0x0a000063
#define T_SEQ	 0x7ffffff0
#define T_ID	 0xfffe

/** Where the IP and the L4 header of such a frame begin. */
uint32_t t_l3_at(const struct t_ip *ip);
uint32_t t_l4_at(const struct t_ip *ip);

/** Write such a frame to test_mac, all checksums 0. @return its length. */
uint32_t t_ip_frame(uint8_t *frame, const struct t_ip *ip);

/** Its checksums as they should be, computed byte by byte from the headers as they are. */
uint16_t t_ip_sum(const uint8_t *frame, uint32_t l3_at);
uint16_t t_l4_sum(const uint8_t *frame, uint32_t l3_at, uint32_t l4_at);
/** Put them there. */
void t_ip_finish(uint8_t *frame, const struct t_ip *ip);

void test_rtl8139_chip_suite(void);
void test_rtl8139_c_suite(void);
void test_rtl8139_wait_suite(void);
void test_rtl8139_cplus_suite(void);
void test_rtl8139_offload_suite(void);
void test_rtl8139_hostile_suite(void);
void test_rtl8139_fuzz_suite(void);

#endif
