/* SPDX-License-Identifier: BSD-3-Clause */
/* Frames for the guest: sizes, buffers, filters, tags, checksums, full rings. */
#include <string.h>

#include <rte_mbuf.h>

#include "nic/nic_pci.h"
#include "test_e1000.h"

#define RCTL_ALL (E1000_RCTL_BAM | E1000_RCTL_UPE | E1000_RCTL_MPE)

static uint8_t frame[0x11000], got[0x11000];

/* Collect the frame in descriptors from i on, buffers of buf_len. @return its length; *n: of them. */
static uint32_t
collect(const struct test_e1000 *t, unsigned int i, uint32_t buf_len, unsigned int *n)
{
	uint32_t len = 0, part;
	uint64_t info;

	for (*n = 0; *n < T_DESCS; ++*n) {
		info = t_rxd(t, (i + *n) % T_DESCS);
		if (!(info & E1000_RXD_DD))
			return 0;
		part = (uint16_t)info;
		CU_ASSERT_TRUE(part <= buf_len);
		t_get(t, T_RX_BUF((i + *n) % T_DESCS), got + len, part);
		len += part;
		if (info & E1000_RXD_EOP) {
			++*n;
			return len;
		}
		CU_ASSERT_EQUAL(part, buf_len);
	}
	return 0;
}

static const struct {
	uint32_t rctl, len;
} buffers[] = {
	{ 0, 2048 },
	{ 1 << 16, 1024 },
	{ 2 << 16, 512 },
	{ 3 << 16, 256 },
	{ E1000_RCTL_BSEX, 2048 },
	{ E1000_RCTL_BSEX | 1 << 16, 16384 },
	{ E1000_RCTL_BSEX | 2 << 16, 8192 },
	{ E1000_RCTL_BSEX | 3 << 16, 4096 },
};

/* Every size of buffer, with frames whose CRC is cut by a border, fits exactly, or is alone. */
static void
check_sizes(uint32_t rctl, uint32_t buf_len, uint32_t crc)
{
	struct test_e1000 t;
	uint32_t len, i = 0;
	unsigned int n;

	t_up(&t, true);
	t_start(&t, RCTL_ALL | E1000_RCTL_LPE | rctl);
	for (len = 14; len <= 3000;
		len += len % buf_len > 64 && len % buf_len < buf_len - 64 ? 41 : 1) {
		struct rte_mbuf *m;

		memset(frame, 0, sizeof(frame));
		t_frame(frame, len, &test_mac, (uint8_t)len);
		memset(t.hva[0], 0xee, 0x40000);
		m = t_mbuf_by(frame, len, len % 3 == 0 ? 2000 : 13);
		CU_ASSERT_EQUAL(t.nic->model->to_guest(t.nic, 0, &m, 1), 1);
		memset(frame + len, 0, 64);
		CU_ASSERT_EQUAL(collect(&t, i, buf_len, &n), RTE_MAX(len, 60u) + crc);
		CU_ASSERT_EQUAL(memcmp(got, frame, RTE_MAX(len, 60u) + crc), 0);
		/* Not a byte more than it says. */
		CU_ASSERT_EQUAL(t.hva[0][T_RX_BUF((i + n - 1) % T_DESCS) - T_GPA0 +
					 (uint16_t)t_rxd(&t, (i + n - 1) % T_DESCS)],
			0xee);
		for (i = (i + n) % T_DESCS; n > 0; n--)
			t_post_rx(&t, T_RX_BUF(t.rx));
		CU_ASSERT_EQUAL(t_r32(&t, E1000_RDH), i);
	}
	CU_ASSERT_EQUAL(t_count(&t, "to_guest_frames"), t_r32(&t, E1000_GPRC));
	CU_ASSERT_EQUAL(t_count(&t, "to_guest_no_buffer"), 0);
	t_down(&t);
}

static void
test_sizes(void)
{
	unsigned int i;

	for (i = 0; i < RTE_DIM(buffers); i++) {
		check_sizes(buffers[i].rctl, buffers[i].len, 4);
		check_sizes(buffers[i].rctl | E1000_RCTL_SECRC, buffers[i].len, 0);
	}
}

static void
test_border(void)
{
	struct test_e1000 t;
	struct e1000_desc d = { 0 };
	uint32_t over;

	t_up(&t, true);
	t_start(&t, RCTL_ALL);
	t_frame(frame, 200, &test_mac, 5);
	memset(frame + 200, 0, 4);
	for (over = 1; over < 204; over++) {
		t.rx = (uint16_t)t_r32(&t, E1000_RDH);
		d.addr = rte_cpu_to_le_64(T_BORDER - over);
		t_put(&t, T_RX_RING + t.rx * sizeof(d), &d, sizeof(d));
		t_poke(&t, E1000_RDT, (t.rx + 1u) % T_DESCS);
		t_give(&t, frame, 200);
		t_get(&t, T_BORDER - over, got, 204);
		CU_ASSERT_EQUAL(memcmp(got, frame, 204), 0);
		CU_ASSERT_NOT_EQUAL(t_rxd(&t, t.rx) & E1000_RXD_EOP, 0);
	}
	t_down(&t);
}

/* Frame length, RCTL, and whether it comes in. */
static const struct {
	uint32_t len, rctl;
	bool in;
} oversizes[] = {
	{ 1514, 0, true },
	{ 1518, 0, true },
	{ 1519, 0, false },
	{ 1522, 0, false },
	{ 9018, 0, false },
	{ 1522, E1000_RCTL_LPE, true },
	{ 9018, E1000_RCTL_LPE, true },
	{ 16380, E1000_RCTL_LPE, true },
	{ 16381, E1000_RCTL_LPE, false },
	{ 16384, E1000_RCTL_LPE, false },
	{ 65550, E1000_RCTL_LPE, false },
	{ 1523, E1000_RCTL_SBP, true },
	{ 16384, E1000_RCTL_LPE | E1000_RCTL_SBP, true },
	{ 65550, E1000_RCTL_SBP, true },
	{ 65554, E1000_RCTL_SBP, false },
};

static void
test_oversize(void)
{
	struct test_e1000 t;
	unsigned int i, n;

	for (i = 0; i < RTE_DIM(oversizes); i++) {
		t_up(&t, true);
		t_start(&t, RCTL_ALL | E1000_RCTL_BSEX | 2 << 16 | oversizes[i].rctl);
		t_frame(frame, oversizes[i].len, &test_mac, 5);
		t_give(&t, frame, oversizes[i].len);
		CU_ASSERT_EQUAL(collect(&t, 0, 8192, &n),
			oversizes[i].in ? oversizes[i].len + 4 : 0);
		CU_ASSERT_EQUAL(t_count(&t, "to_guest_oversize"), !oversizes[i].in);
		CU_ASSERT_EQUAL(t_r32(&t, E1000_ROC), !oversizes[i].in);
		t_down(&t);
	}
}

static const struct rte_ether_addr hashed = { { 0x01, 0, 0, 0, 0x34, 0x12 } };
static const struct rte_ether_addr hashed_uni = { { 0x02, 0, 0, 0, 0x34, 0x12 } };

/* What the filter is set to, where a frame goes, and whether it comes in. */
static const struct {
	uint32_t rctl;
	const struct rte_ether_addr *dst;
	uint32_t mta; /* bit of the table; 0: none */
	bool in;
} filters[] = {
	{ 0, &test_mac, 0, true },
	{ 0, &test_other_mac, 0, false },
	{ E1000_RCTL_UPE, &test_other_mac, 0, true },
	{ E1000_RCTL_UPE, &test_multi_mac, 0, false },
	{ E1000_RCTL_UPE, &test_broadcast, 0, false },
	{ 0, &test_broadcast, 0, false },
	{ E1000_RCTL_BAM, &test_broadcast, 0, true },
	{ E1000_RCTL_BAM, &test_multi_mac, 0, false },
	{ E1000_RCTL_MPE, &test_multi_mac, 0, true },
	{ E1000_RCTL_MPE, &test_broadcast, 0, false },
	{ 0, &test_broadcast, 0xfff, true },
	{ 0 << 12, &hashed, 0x123, true },
	{ 0 << 12, &hashed, 0x122, false },
	{ 1 << 12, &hashed, 0x1234 >> 3 & 0xfff, true },
	{ 2 << 12, &hashed, 0x1234 >> 2 & 0xfff, true },
	{ 3 << 12, &hashed, 0x234, true },
	{ 3 << 12, &hashed, 0x123, false },
	{ 0, &hashed_uni, 0x123, true },
};

static void
test_filters(void)
{
	struct test_e1000 t;
	unsigned int i;

	for (i = 0; i < RTE_DIM(filters); i++) {
		t_up(&t, true);
		t_start(&t, filters[i].rctl);
		if (filters[i].mta != 0)
			t_w32(&t, E1000_MTA + filters[i].mta / 32 * 4, 1u << filters[i].mta % 32);
		t_frame(frame, 60, filters[i].dst, 5);
		t_give(&t, frame, 60);
		CU_ASSERT_EQUAL(t_got(&t, 0, frame, 60), filters[i].in);
		CU_ASSERT_EQUAL(t_count(&t, "to_guest_filtered"), !filters[i].in);
		CU_ASSERT_EQUAL(t.line, filters[i].in);
		t_down(&t);
	}
	/* Further exact addresses, while they are valid. */
	t_up(&t, true);
	t_start(&t, 0);
	t_frame(frame, 60, &test_other_mac, 5);
	t_w32(&t, E1000_RA + 15 * 8, 0xaa005452);
	t_w32(&t, E1000_RA + 15 * 8 + 4, 0xccbb);
	t_give(&t, frame, 60);
	CU_ASSERT_FALSE(t_got(&t, 0, frame, 60));
	t_w32(&t, E1000_RA + 15 * 8 + 4, 0x8000ccbb);
	t_give(&t, frame, 60);
	CU_ASSERT_TRUE(t_got(&t, 0, frame, 60));
	t_w32(&t, E1000_RA + 4, 0x5634);
	t_frame(frame, 60, &test_mac, 5);
	t_give(&t, frame, 60);
	CU_ASSERT_EQUAL(t_count(&t, "to_guest_filtered"), 2);
	t_down(&t);
}

/* A tagged frame of len bytes in "frame". */
static void
tagged(uint32_t len, uint16_t tci, uint32_t vet)
{
	t_frame(frame, len, &test_mac, 7);
	frame[12] = (uint8_t)(vet >> 8);
	frame[13] = (uint8_t)vet;
	frame[14] = (uint8_t)(tci >> 8);
	frame[15] = (uint8_t)tci;
}

static void
test_vlan(void)
{
	static const uint32_t steps[] = { 2000, 13, 12, 14, 1, 16 };
	struct test_e1000 t;
	struct rte_mbuf *m;
	unsigned int i;

	t_up(&t, true);
	t_start(&t, 0);
	tagged(100, 0x6064, 0x8100);
	t_give(&t, frame, 100);
	CU_ASSERT_TRUE(t_got(&t, 0, frame, 100));
	CU_ASSERT_EQUAL(t_rxd(&t, 0) & E1000_RXD_VP, 0);
	/* The filter knows 12 bits of the tag. */
	t_w32(&t, E1000_RCTL, E1000_RCTL_EN | E1000_RCTL_VFE);
	t_give(&t, frame, 100);
	CU_ASSERT_EQUAL(t_count(&t, "to_guest_filtered"), 1);
	t_w32(&t, E1000_VFTA + 0x64 / 32 * 4, 1u << (0x64 % 32));
	t_give(&t, frame, 100);
	CU_ASSERT_TRUE(t_got(&t, 1, frame, 100));
	/* Stripped, wherever the tag lies in the mbuf; what is not tagged stays as it is. */
	t_w32(&t, E1000_CTRL, E1000_CTRL_VME);
	memcpy(got, frame, 12);
	memcpy(got + 12, frame + 16, 84);
	for (i = 0; i < RTE_DIM(steps); i++) {
		m = t_mbuf_by(frame, 100, steps[i]);
		CU_ASSERT_EQUAL(t.nic->model->to_guest(t.nic, 0, &m, 1), 1);
		CU_ASSERT_TRUE(t_got(&t, 2 + i, got, 96));
		CU_ASSERT_NOT_EQUAL(t_rxd(&t, 2 + i) & E1000_RXD_VP, 0);
		CU_ASSERT_EQUAL(t_rxd(&t, 2 + i) >> 48, 0x6064);
	}
	t_frame(frame, 100, &test_mac, 7);
	t_give(&t, frame, 100);
	CU_ASSERT_TRUE(t_got(&t, 8, frame, 100));
	CU_ASSERT_EQUAL(t_rxd(&t, 8) & (E1000_RXD_VP | UINT64_C(0xffff) << 48), 0);
	/* Another ethertype; a tag that is all there is. */
	t_w32(&t, E1000_VET, 0x88a8);
	tagged(18, 5, 0x88a8);
	t_w32(&t, E1000_RCTL, E1000_RCTL_EN);
	t_give(&t, frame, 18);
	memmove(frame + 12, frame + 16, 2);
	memset(frame + 14, 0, 50);
	CU_ASSERT_TRUE(t_got(&t, 9, frame, 56));
	CU_ASSERT_EQUAL(t_rxd(&t, 9) >> 48, 5);
	/* An ethertype with nothing behind it is no tag. */
	tagged(18, 5, 0x88a8);
	t_give(&t, frame, 15);
	CU_ASSERT_EQUAL((uint16_t)t_rxd(&t, 10), 64);
	CU_ASSERT_EQUAL(t_rxd(&t, 10) & E1000_RXD_VP, 0);
	t_down(&t);
}

/* Frame, RXCSUM, what is broken in it, and bits of the descriptor. */
static const struct {
	bool v6, udp;
	uint32_t rxcsum;
	uint32_t break_at; /* byte that is changed; 0: none */
	uint64_t flags, bits;
} rx_sums[] = {
	{ false, false, 0, 0, 0, E1000_RXD_IXSM },
	{ false, false, 0x100, 0, 0, E1000_RXD_IPCS },
	{ false, false, 0x200, 0, 0, E1000_RXD_TCPCS },
	{ false, false, 0x300, 0, 0, E1000_RXD_IPCS | E1000_RXD_TCPCS },
	{ false, true, 0x300, 0, 0, E1000_RXD_IPCS | E1000_RXD_TCPCS | E1000_RXD_UDPCS },
	{ true, false, 0x300, 0, 0, E1000_RXD_TCPCS },
	{ true, true, 0x300, 0, 0, E1000_RXD_TCPCS | E1000_RXD_UDPCS },
	{ true, false, 0x100, 0, 0, E1000_RXD_IXSM },
	{ false, false, 0x300, 99, 0, E1000_RXD_IPCS | E1000_RXD_TCPCS | E1000_RXD_TCPE },
	{ false, true, 0x300, 99, 0,
		E1000_RXD_IPCS | E1000_RXD_TCPCS | E1000_RXD_UDPCS | E1000_RXD_TCPE },
	{ true, false, 0x300, 99, 0, E1000_RXD_TCPCS | E1000_RXD_TCPE },
	{ false, false, 0x300, 18, 0, E1000_RXD_IPCS | E1000_RXD_IPE | E1000_RXD_TCPCS },
	/* Somebody has looked already. */
	{ false, false, 0x300, 99, RTE_MBUF_F_RX_L4_CKSUM_GOOD, E1000_RXD_IPCS | E1000_RXD_TCPCS },
	{ false, false, 0x300, 18, RTE_MBUF_F_RX_IP_CKSUM_GOOD, E1000_RXD_IPCS | E1000_RXD_TCPCS },
	/* No IP, no TCP, a fragment. */
	{ false, false, 0x300, 12, 0, E1000_RXD_IXSM },
	{ false, false, 0x200, 23, 0, E1000_RXD_IXSM },
	{ false, false, 0x200, 21, 0, E1000_RXD_IXSM },
	/* Shorter than it says. */
	{ false, false, 0x200, 16, 0, E1000_RXD_IXSM },
};

static void
test_cksum(void)
{
	const uint64_t all = E1000_RXD_IXSM | E1000_RXD_IPCS | E1000_RXD_TCPCS | E1000_RXD_UDPCS |
			     E1000_RXD_TCPE | E1000_RXD_IPE | E1000_RXD_RXE | E1000_RXD_VP;
	struct test_e1000 t;
	unsigned int i, step;

	for (i = 0; i < RTE_DIM(rx_sums) * 2; i++) {
		unsigned int k = i / 2;
		uint32_t len = 100 + t_packet(frame, rx_sums[k].v6, rx_sums[k].udp, 100);
		struct rte_mbuf *m;

		step = i % 2 ? 2000 : 11;
		if (rx_sums[k].break_at != 0)
			frame[rx_sums[k].break_at] ^= 0x80;
		if (rx_sums[k].break_at == 21)
			frame[21] = 8;
		t_up(&t, true);
		t_start(&t, RCTL_ALL);
		t_w32(&t, E1000_RXCSUM, rx_sums[k].rxcsum);
		m = t_mbuf_by(frame, len, step);
		m->ol_flags |= rx_sums[k].flags;
		CU_ASSERT_EQUAL(t.nic->model->to_guest(t.nic, 0, &m, 1), 1);
		CU_ASSERT_TRUE(t_got(&t, 0, frame, len));
		CU_ASSERT_EQUAL(t_rxd(&t, 0) & all, rx_sums[k].bits);
		t_down(&t);
	}
}

/* Padding is not part of the sum; UDP without sum; the packet checksum. */
static void
test_cksum_more(void)
{
	struct test_e1000 t;
	uint32_t len = t_packet(frame, false, false, 0), sum = 0, i;

	t_up(&t, true);
	t_start(&t, RCTL_ALL);
	t_w32(&t, E1000_RXCSUM, 0x300);
	memset(frame + len, 0xaa, 60 - len);
	t_give(&t, frame, 60);
	CU_ASSERT_TRUE(t_got(&t, 0, frame, 60));
	CU_ASSERT_EQUAL(t_rxd(&t, 0) & (E1000_RXD_TCPCS | E1000_RXD_TCPE), E1000_RXD_TCPCS);
	CU_ASSERT_EQUAL((uint16_t)(t_rxd(&t, 0) >> 16), 0);
	len = 51 + t_packet(frame, false, true, 51);
	frame[40] = frame[41] = 0;
	t_w32(&t, E1000_RXCSUM, 0x300 | 20);
	t_give(&t, frame, len);
	CU_ASSERT_EQUAL(t_rxd(&t, 1) & (E1000_RXD_TCPCS | E1000_RXD_UDPCS | E1000_RXD_IPCS),
		E1000_RXD_IPCS);
	for (i = 20; i < len; i++)
		sum += i % 2 == 0 ? frame[i] : (uint32_t)frame[i] << 8;
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	CU_ASSERT_EQUAL((uint16_t)(t_rxd(&t, 1) >> 16), sum);
	t_down(&t);
}

static void
test_no_buffer(void)
{
	struct test_e1000 t;
	unsigned int i;

	t_up(&t, true);
	t_start(&t, RCTL_ALL | 2 << 16); /* buffers of 512 bytes */
	t_frame(frame, 1500, &test_mac, 5);
	/* 15 buffers: four frames of three, one more, then two are left. */
	for (i = 0; i < 7; i++)
		t_give(&t, frame, 1500);
	CU_ASSERT_EQUAL(t_count(&t, "to_guest_frames"), 5);
	CU_ASSERT_EQUAL(t_count(&t, "to_guest_no_buffer"), 2);
	CU_ASSERT_EQUAL(t_r32(&t, E1000_RDH), 15);
	CU_ASSERT_EQUAL(t_r32(&t, E1000_ICS) & E1000_ICR_RXO, E1000_ICR_RXO);
	CU_ASSERT_EQUAL(t_r32(&t, E1000_MPC), 2);
	CU_ASSERT_EQUAL(t_r32(&t, E1000_RNBC), 2);
	t_post_rx(&t, T_RX_BUF(15));
	t_post_rx(&t, T_RX_BUF(0));
	t_give(&t, frame, 1500);
	CU_ASSERT_EQUAL(t_count(&t, "to_guest_no_buffer"), 3);
	CU_ASSERT_EQUAL(t_rxd(&t, 15) & E1000_RXD_DD, 0);
	t_post_rx(&t, T_RX_BUF(1));
	t_give(&t, frame, 1500);
	CU_ASSERT_EQUAL(t_count(&t, "to_guest_frames"), 6);
	CU_ASSERT_EQUAL(t_r32(&t, E1000_RDH), 2);
	t_down(&t);
}

/* With conf.waits they stay the caller's until there is room; but not what an empty ring would not hold. */
static void
test_wait(void)
{
	struct rte_mbuf *pkts[7];
	struct test_e1000 t;
	unsigned int i;

	t_up(&t, true);
	t.nic->conf.waits = true;
	t_start(&t, RCTL_ALL | E1000_RCTL_LPE | 2 << 16); /* buffers of 512 bytes */
	t_frame(frame, 1500, &test_mac, 5);
	for (i = 0; i < 7; i++)
		pkts[i] = t_mbuf(frame, 1500);
	CU_ASSERT_EQUAL(t.nic->model->to_guest(t.nic, 0, pkts, 7), 5);
	CU_ASSERT_EQUAL(t.nic->model->to_guest(t.nic, 0, pkts + 5, 2), 0);
	CU_ASSERT_EQUAL(t_count(&t, "to_guest_no_buffer"), 2);
	CU_ASSERT_EQUAL(t_r32(&t, E1000_ICS) & E1000_ICR_RXO, 0);
	CU_ASSERT_EQUAL(t_r32(&t, E1000_MPC), 0);
	t_frame(frame, 9000, &test_mac, 5);
	t_give(&t, frame, 9000);
	CU_ASSERT_EQUAL(t_r32(&t, E1000_MPC), 1);
	for (i = 15; i < 18; i++)
		t_post_rx(&t, T_RX_BUF(i % 16));
	CU_ASSERT_EQUAL(t.nic->model->to_guest(t.nic, 0, pkts + 5, 2), 1);
	CU_ASSERT_EQUAL(t_count(&t, "to_guest_frames"), 6);
	rte_pktmbuf_free(pkts[6]);
	t_down(&t);
}

/* RXT0 once a burst; RXDMT0 below the mark. */
static void
test_interrupts(void)
{
	struct rte_mbuf *pkts[8];
	struct test_e1000 t;
	uint32_t mark, left;
	unsigned int i;

	for (mark = 0; mark < 3; mark++) {
		t_up(&t, true);
		t_start(&t, RCTL_ALL | mark << 8);
		t_frame(frame, 60, &test_mac, 5);
		for (left = 14; left > 0; left--) {
			t_give(&t, frame, 60);
			CU_ASSERT_EQUAL(t_r32(&t, E1000_ICR),
				E1000_ICR_RXT0 | (left <= 8u >> mark ? E1000_ICR_RXDMT0 : 0));
			t_quiet_over(&t);
		}
		CU_ASSERT_EQUAL(t.raises, 14);
		t_down(&t);
	}
	t_up(&t, true);
	t_start(&t, RCTL_ALL);
	for (i = 0; i < RTE_DIM(pkts); i++)
		pkts[i] = t_mbuf(frame, 60);
	CU_ASSERT_EQUAL(t.nic->model->to_guest(t.nic, 0, pkts, 8), 8);
	CU_ASSERT_EQUAL(t.raises, 1);
	CU_ASSERT_EQUAL(t_count(&t, "to_guest_interrupts"), 1);
	CU_ASSERT_EQUAL(t_count(&t, "to_guest_bytes"), 480);
	CU_ASSERT_EQUAL(t_r32(&t, E1000_RDH), 8);
	t_down(&t);
}

static void
test_gates(void)
{
	struct test_e1000 t;

	t_up(&t, true);
	t_frame(frame, 60, &test_mac, 5);
	t_give(&t, frame, 60);
	t_start(&t, RCTL_ALL);
	t_command(&t, 0);
	t_give(&t, frame, 60);
	t_command(&t, NIC_PCI_COMMAND_MASTER);
	t_w32(&t, E1000_RCTL, RCTL_ALL);
	t_give(&t, frame, 60);
	t_phy_write(&t, PHY_BMCR, PHY_BMCR_ANENABLE | PHY_BMCR_ANRESTART);
	t_w32(&t, E1000_RCTL, RCTL_ALL | E1000_RCTL_EN);
	t_give(&t, frame, 60);
	CU_ASSERT_EQUAL(t_count(&t, "to_guest_disabled"), 4);
	CU_ASSERT_EQUAL(t_r32(&t, E1000_RDH), 0);
	CU_ASSERT_EQUAL(t_r32(&t, E1000_ICS), 0);
	t.s->autoneg = 1;
	t_give(&t, frame, 60);
	CU_ASSERT_TRUE(t_got(&t, 0, frame, 60));
	t_give(&t, frame, 13);
	CU_ASSERT_EQUAL(t_count(&t, "to_guest_short"), 1);
	t_down(&t);
}

void
test_e1000_to_suite(const char *name, CU_InitializeFunc init)
{
	CU_pSuite s = CU_add_suite(name, init, NULL);

	CU_add_test(s, "sizes", test_sizes);
	CU_add_test(s, "border", test_border);
	CU_add_test(s, "oversize", test_oversize);
	CU_add_test(s, "filters", test_filters);
	CU_add_test(s, "vlan", test_vlan);
	CU_add_test(s, "checksums", test_cksum);
	CU_add_test(s, "checksums, odd ones", test_cksum_more);
	CU_add_test(s, "no buffer", test_no_buffer);
	CU_add_test(s, "frames wait for buffers", test_wait);
	CU_add_test(s, "interrupts", test_interrupts);
	CU_add_test(s, "gates", test_gates);
}
