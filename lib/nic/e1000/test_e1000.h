/* SPDX-License-Identifier: BSD-3-Clause */
/* For tests: one e1000 over a small guest memory, and the driver's hands. */
#ifndef NIC_E1000_TEST_E1000_H
#define NIC_E1000_TEST_E1000_H

#include <CUnit/CUnit.h>

#include "e1000.h"
#include "e1000_desc.h"
#include "gmem/gmem.h"

/* Two regions that touch each other in guest addresses but not in ours, then a hole. */
#define T_GPA0	 0x10000u
#define T_LEN0	 0x200000u
#define T_BORDER (T_GPA0 + T_LEN0)
#define T_LEN1	 0x100000u
#define T_END	 (T_BORDER + T_LEN1)

/* Where the driver keeps its things. */
#define T_RX_BUF(i) (T_GPA0 + 0x4000u * (i))
#define T_TX_DATA   (T_GPA0 + 0x100000u)
#define T_TX_RING   (T_GPA0 + 0x180000u)
#define T_RX_RING   (T_GPA0 + 0x190000u)
#define T_DESCS	    16 /* of each ring */

/* Commands of the last descriptor of a frame. */
#define T_END_CMD (E1000_TXD_EOP | E1000_TXD_RS)

struct test_e1000 {
	uint8_t *hva[2];
	uint8_t *shared;
	struct gmem mem;
	struct nic *nic;
	struct e1000 *s;
	bool line;	     /* the interrupt line */
	unsigned int raises; /* calls */
	unsigned int pool_before;
	uint16_t tx, rx; /* the driver's next descriptor */
};

/** Whether t_up() gives the NIC ring pages that the driver may map. */
extern bool test_shared;
extern struct rte_mempool *test_pool;
extern const struct rte_ether_addr test_mac, test_other_mac, test_multi_mac, test_broadcast;

/** Bring a NIC up after a PCI probe. Tear it down, checking the pool. */
void t_up(struct test_e1000 *t, bool carry);
void t_down(struct test_e1000 *t);

/** Start rings of T_DESCS descriptors as a driver does; RCTL and TCTL get EN. */
void t_start(struct test_e1000 *t, uint32_t rctl);

/** Register accesses by BAR 0; PHY registers by MDIC. */
void t_w32(struct test_e1000 *t, uint32_t off, uint32_t val);
uint32_t t_r32(struct test_e1000 *t, uint32_t off);
void t_phy_write(struct test_e1000 *t, uint32_t reg, uint16_t val);
uint16_t t_phy_read(struct test_e1000 *t, uint32_t reg);

/** A store to a ring register: by mapped memory when there is some, else trapped. */
void t_poke(struct test_e1000 *t, uint32_t off, uint32_t val);

/** The PCI command register. */
void t_command(struct test_e1000 *t, uint16_t val);

/** Let the quiet time of the interrupt end now. */
void t_quiet_over(struct test_e1000 *t);

/** Guest memory; both work across the regions' border. */
void t_put(const struct test_e1000 *t, uint64_t gpa, const void *src, uint32_t len);
void t_get(const struct test_e1000 *t, uint64_t gpa, void *dst, uint32_t len);

/** The counter of that name. */
uint64_t t_count(const struct test_e1000 *t, const char *name);

/** A frame to dst of len bytes with a pattern that starts at seed. */
void t_frame(uint8_t *frame, uint32_t len, const struct rte_ether_addr *dst, uint8_t seed);

/** A TCP or UDP frame over IPv4 or IPv6 with right sums. @return bytes before the payload. */
uint32_t t_packet(uint8_t *frame, bool v6, bool udp, uint32_t payload);

/** Whether the IPv4 and L4 sums of a frame with l2_len bytes of Ethernet header are right. */
bool t_sums_right(const uint8_t *frame, uint32_t len, uint32_t l2_len);

/** An mbuf, chained if need be, with these bytes; step: most bytes of a segment. */
struct rte_mbuf *t_mbuf_by(const uint8_t *frame, uint32_t len, uint32_t step);
struct rte_mbuf *t_mbuf(const uint8_t *frame, uint32_t len);

/** Give a frame to the guest; it must be taken. */
void t_give(struct test_e1000 *t, const uint8_t *frame, uint32_t len);

/** Copy m out flat and free it. @return its length. */
uint32_t t_flatten(struct rte_mbuf *m, uint8_t *out);

/** Whether m holds exactly these bytes; frees it. */
bool t_is(struct rte_mbuf *m, const uint8_t *frame, uint32_t len);

/** Receive descriptor i as the driver reads it. */
uint64_t t_rxd(const struct test_e1000 *t, unsigned int i);

/** Whether receive descriptor i holds a whole frame of these bytes and the four of its CRC. */
bool t_got(const struct test_e1000 *t, unsigned int i, const uint8_t *frame, uint32_t len);

/** Post a receive buffer, of buf_gpa, in the driver's next descriptor. */
void t_post_rx(struct test_e1000 *t, uint64_t buf_gpa);

/** Write the next transmit descriptor; t_kick() tells the NIC. */
void t_desc(struct test_e1000 *t, uint64_t addr, uint32_t lo, uint32_t hi);
void t_kick(struct test_e1000 *t);

/** A data descriptor of len bytes at addr; cmd and hi as in the descriptor. */
void t_data(struct test_e1000 *t, uint64_t addr, uint32_t len, uint32_t cmd, uint32_t hi);

/** A context descriptor. offsets: ipcss, ipcso, ipcse, tucss, tucso, tucse. */
void t_context(struct test_e1000 *t, const uint16_t *offsets, uint32_t cmd, uint32_t hdr_len,
	uint32_t mss);

/** Send one frame from one legacy descriptor at T_TX_DATA. */
void t_send(struct test_e1000 *t, const uint8_t *frame, uint32_t len);

/** Take one frame that the guest sent; NULL when there is none. */
struct rte_mbuf *t_take(struct test_e1000 *t);

/** Status byte of transmit descriptor i. */
uint8_t t_tx_status(const struct test_e1000 *t, unsigned int i);

/* Suites; init says whether with or without pages that the driver may map. */
void test_e1000_regs_suite(const char *name, CU_InitializeFunc init);
void test_e1000_irq_suite(const char *name, CU_InitializeFunc init);
void test_e1000_from_suite(const char *name, CU_InitializeFunc init);
void test_e1000_offload_suite(const char *name, CU_InitializeFunc init);
void test_e1000_to_suite(const char *name, CU_InitializeFunc init);
void test_e1000_hostile_suite(const char *name, CU_InitializeFunc init);
void test_e1000_fuzz_suite(const char *name, CU_InitializeFunc init);

#endif
