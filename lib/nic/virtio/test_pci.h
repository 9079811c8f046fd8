/* SPDX-License-Identifier: BSD-3-Clause */
/* For tests: one virtio NIC as a PCI function, driven by its registers alone. */
#ifndef NIC_VIRTIO_TEST_PCI_H
#define NIC_VIRTIO_TEST_PCI_H

#include <CUnit/CUnit.h>

#include "test_driver.h"
#include "virtio_ctrl.h"

#define TP_PAIRS 2 /* queue pairs of the NIC */
#define TP_CTRL	 4 /* its control queue */
/* What a full driver takes. */
#define TP_FEATURES                                                                                \
	(VIRTIO_F_VERSION_1 | VIRTIO_F_INDIRECT_DESC | VIRTIO_F_RING_RESET |                       \
		VIRTIO_NET_F_MRG_RXBUF | VIRTIO_NET_F_CSUM | VIRTIO_NET_F_GUEST_CSUM |             \
		VIRTIO_NET_F_GUEST_TSO4 | VIRTIO_NET_F_GUEST_TSO6 | VIRTIO_NET_F_MAC |             \
		VIRTIO_NET_F_STATUS | VIRTIO_NET_F_CTRL_VQ | VIRTIO_NET_F_CTRL_RX |                \
		VIRTIO_NET_F_CTRL_RX_EXTRA | VIRTIO_NET_F_CTRL_VLAN | VIRTIO_NET_F_CTRL_MAC_ADDR | \
		VIRTIO_NET_F_CTRL_GUEST_OFFLOADS | VIRTIO_NET_F_GUEST_ANNOUNCE | VIRTIO_NET_F_MQ)

struct test_pci {
	struct td_mem td;
	struct gmem mem;
	struct nic *nic;
	struct td_ring ring[TP_CTRL + 1];
	unsigned int irqs[VIRTIO_PCI_VECTORS + 1]; /* by vector; [0]: raises of the line */
	bool line;
	unsigned int pool_before;
};

/** A NIC after power-on: memory decoding and bus master on, MSI-X on as asked. */
void tp_up(struct test_pci *t, bool msix);

/** Tear it down; checks that every mbuf is back in the pool. */
void tp_down(struct test_pci *t);

/** Register accesses in BAR 4, as a driver's: of exactly that size. */
void tp_w8(struct test_pci *t, uint32_t off, uint8_t val);
void tp_w16(struct test_pci *t, uint32_t off, uint16_t val);
void tp_w32(struct test_pci *t, uint32_t off, uint32_t val);
uint8_t tp_r8(struct test_pci *t, uint32_t off);
uint16_t tp_r16(struct test_pci *t, uint32_t off);
uint32_t tp_r32(struct test_pci *t, uint32_t off);

/** Config space: 16 bits written; the command register. */
void tp_config16(struct test_pci *t, uint32_t off, uint16_t val);
void tp_msix(struct test_pci *t, bool on);

/** Negotiate. @return whether FEATURES_OK stayed. */
bool tp_negotiate(struct test_pci *t, uint64_t features);

/** The offered bits, read from the registers. */
uint64_t tp_offered(struct test_pci *t);

/** Lay queue idx out in memory and tell the device, without enabling it; MSI-X vector idx. */
void tp_queue(struct test_pci *t, uint16_t idx);

/** The whole of a driver's probe: negotiate, all queues, DRIVER_OK. */
void tp_start(struct test_pci *t, uint64_t features);

/** device_status */
uint8_t tp_status(struct test_pci *t);

/** Send frame (patterned, of len bytes) from the guest by queue pair q and expect it. */
void tp_expect_from(struct test_pci *t, uint16_t q, uint32_t len, uint8_t seed);

/** Post a buffer on queue pair q, give the guest this frame. @return whether it arrived whole. */
bool tp_give(struct test_pci *t, uint16_t q, const uint8_t *frame, uint32_t len);

/**
 * A command by the control queue, data in one piece behind the header.
 * @return the answer, or -1 when there was none.
 */
int tp_command(struct test_pci *t, uint8_t class, uint8_t cmd, const void *data, uint32_t len);

/**
 * A command with results, for which there are room bytes.
 * @return bytes of results; less than 0: the answer, negative.
 */
int tp_query(struct test_pci *t, uint8_t class, uint8_t cmd, const void *data, uint32_t len,
	void *result, uint32_t room);

/** The counter of that name of queue pair 0. */
uint64_t tp_count(const struct test_pci *t, const char *name);

void test_pci_suite(void);
void test_ctrl_suite(void);
void test_rss_suite(void);
void test_coal_suite(void);
void test_packed_suite(void);
void test_fuzz_suite(void);

#endif
