/* SPDX-License-Identifier: BSD-3-Clause */
/* The control queue: commands of the driver and our answers. All on C, datapath held. */
#include "virtio_ctrl.h"

#include <string.h>

#include <rte_byteorder.h>

#include "virtio_net.h"
#include "virtio_packed.h"

/* One kick is worth this many rounds through the queue, however fast the guest refills it. */
#define VIRTIO_CTRL_ROUNDS 2

/* 5.1.3 offloads that the driver may switch at run time. */
#define VIRTIO_CTRL_OFFLOADS_MASK                                                                  \
	(VIRTIO_NET_F_GUEST_CSUM | VIRTIO_NET_F_GUEST_TSO4 | VIRTIO_NET_F_GUEST_TSO6)

struct virtio_ctrl_cmd {
	uint8_t class;
	uint8_t cmd;
	uint64_t feature; /* must be negotiated */
	virtio_ctrl_handler *run;
};

bool
virtio_ctrl_get(struct virtio_cursor *c, void *to, uint32_t len)
{
	return virtio_cursor_move(c, to, len, false, c->vq->packed) == 0;
}

void
virtio_ctrl_put(struct virtio_ctrl_io *io, const void *from, uint32_t len)
{
	struct virtio_cursor *c = &io->out;
	uint8_t bytes[64];

	memcpy(bytes, from, len);
	while (len > 0) {
		uint32_t n = len;

		if (c->left == 0 && virtio_cursor_next(c, c->vq->packed) <= 0)
			return;
		if (!c->write || virtio_cursor_piece(c, bytes, &n, true) < 0)
			return;
		io->put += n;
		len -= n;
		memmove(bytes, bytes + n, len);
	}
}

/*
 * Go behind the next len bytes for the device, without reading them.
 * @return as virtio_cursor_copy().
 */
static int
virtio_ctrl_skip(struct virtio_cursor *c, uint64_t len)
{
	while (len > 0) {
		int ret = c->left > 0 ? 1 : virtio_cursor_next(c, c->vq->packed);
		uint32_t n;

		if (ret <= 0)
			return ret < 0 ? ret : -ENOSPC;
		if (c->write)
			return -EINVAL;
		n = (uint32_t)RTE_MIN(len, c->left);
		virtio_cursor_skip(c, n);
		len -= n;
	}
	return 0;
}

/* Stand at the first byte that the device may write, where the answer goes. @return as above. */
static int
virtio_ctrl_find_answer(struct virtio_cursor *c)
{
	int ret;

	do {
		c->left = 0;
		ret = virtio_cursor_next(c, c->vq->packed);
		if (ret <= 0)
			return ret < 0 ? ret : -ENOSPC;
	} while (!c->write);
	return 0;
}

static uint8_t
virtio_ctrl_rx(struct nic *nic, struct virtio_ctrl_io *io, uint8_t cmd)
{
	struct virtio_net *v = nic->state;
	bool *const mode[] = {
		[VIRTIO_CTRL_RX_PROMISC] = &v->filter.promisc,
		[VIRTIO_CTRL_RX_ALLMULTI] = &v->filter.allmulti,
		[VIRTIO_CTRL_RX_ALLUNI] = &v->filter.alluni,
		[VIRTIO_CTRL_RX_NOMULTI] = &v->filter.nomulti,
		[VIRTIO_CTRL_RX_NOUNI] = &v->filter.nouni,
		[VIRTIO_CTRL_RX_NOBCAST] = &v->filter.nobcast,
	};
	uint8_t on;

	if (!virtio_ctrl_get(&io->in, &on, sizeof(on)))
		return VIRTIO_CTRL_SHORT;
	*mode[cmd] = on != 0;
	v->filtering = !v->filter.promisc;
	return VIRTIO_CTRL_OK;
}

/* One of the two lists of TABLE_SET; what does not fit is passed over. @return false: too short. */
static bool
virtio_ctrl_macs(struct virtio_cursor *c, struct virtio_mac_table *t, bool *overflow)
{
	rte_le32_t count;
	uint32_t n;

	if (!virtio_ctrl_get(c, &count, sizeof(count)))
		return false;
	n = rte_le_to_cpu_32(count);
	if (n > (uint32_t)(VIRTIO_FILTER_MACS - t->n)) {
		*overflow = true;
		return virtio_ctrl_skip(c, (uint64_t)n * RTE_ETHER_ADDR_LEN) == 0;
	}
	if (!virtio_ctrl_get(c, &t->mac[t->n], n * RTE_ETHER_ADDR_LEN))
		return false;
	t->n = (uint16_t)(t->n + n);
	return true;
}

static uint8_t
virtio_ctrl_mac_table(struct nic *nic, struct virtio_ctrl_io *io, uint8_t cmd)
{
	struct virtio_net *v = nic->state;
	struct virtio_mac_table t = { 0 };

	if (!virtio_ctrl_macs(&io->in, &t, &t.uni_overflow))
		return VIRTIO_CTRL_SHORT;
	t.n_uni = t.n;
	if (!virtio_ctrl_macs(&io->in, &t, &t.multi_overflow))
		return VIRTIO_CTRL_SHORT;
	v->filter.table = t;
	return VIRTIO_CTRL_OK;
}

static uint8_t
virtio_ctrl_mac_addr(struct nic *nic, struct virtio_ctrl_io *io, uint8_t cmd)
{
	struct virtio_net *v = nic->state;
	struct rte_ether_addr mac;
	uint8_t more;

	if (!virtio_ctrl_get(&io->in, &mac, sizeof(mac)))
		return VIRTIO_CTRL_SHORT;
	if (virtio_ctrl_get(&io->in, &more, sizeof(more)))
		return VIRTIO_CTRL_ERR; /* exactly one address */
	v->filter.mac = mac;
	v->pci.common.config_generation++;
	return VIRTIO_CTRL_OK;
}

static uint8_t
virtio_ctrl_vlan(struct nic *nic, struct virtio_ctrl_io *io, uint8_t cmd)
{
	struct virtio_net *v = nic->state;
	rte_le16_t le;
	uint16_t vid;

	if (!virtio_ctrl_get(&io->in, &le, sizeof(le)))
		return VIRTIO_CTRL_SHORT;
	vid = rte_le_to_cpu_16(le);
	if (vid >= VIRTIO_FILTER_VLANS)
		return VIRTIO_CTRL_ERR;
	if (cmd == VIRTIO_CTRL_VLAN_ADD)
		v->filter.vlan[vid / 32] |= BIT32(vid % 32);
	else
		v->filter.vlan[vid / 32] &= ~BIT32(vid % 32);
	return VIRTIO_CTRL_OK;
}

static uint8_t
virtio_ctrl_announce(struct nic *nic, struct virtio_ctrl_io *io, uint8_t cmd)
{
	struct virtio_net *v = nic->state;

	if (!v->pci.announce)
		return VIRTIO_CTRL_ERR;
	v->pci.announce = false;
	v->pci.common.config_generation++;
	return VIRTIO_CTRL_OK;
}

static uint8_t
virtio_ctrl_offloads(struct nic *nic, struct virtio_ctrl_io *io, uint8_t cmd)
{
	struct virtio_net *v = nic->state;
	uint64_t can = v->features & VIRTIO_CTRL_OFFLOADS_MASK, want;
	rte_le64_t le;

	if (!virtio_ctrl_get(&io->in, &le, sizeof(le)))
		return VIRTIO_CTRL_SHORT;
	want = rte_le_to_cpu_64(le);
	if (want & ~can)
		return VIRTIO_CTRL_ERR;
	virtio_net_use_offloads(v, (v->features & ~VIRTIO_CTRL_OFFLOADS_MASK) | want);
	return VIRTIO_CTRL_OK;
}

#define RX_EXTRA VIRTIO_NET_F_CTRL_RX_EXTRA
/* clang-format off */
static const struct virtio_ctrl_cmd virtio_ctrl_cmds[] = {
	{ VIRTIO_CTRL_RX, VIRTIO_CTRL_RX_PROMISC, VIRTIO_NET_F_CTRL_RX, virtio_ctrl_rx },
	{ VIRTIO_CTRL_RX, VIRTIO_CTRL_RX_ALLMULTI, VIRTIO_NET_F_CTRL_RX, virtio_ctrl_rx },
	{ VIRTIO_CTRL_RX, VIRTIO_CTRL_RX_ALLUNI, RX_EXTRA, virtio_ctrl_rx },
	{ VIRTIO_CTRL_RX, VIRTIO_CTRL_RX_NOMULTI, RX_EXTRA, virtio_ctrl_rx },
	{ VIRTIO_CTRL_RX, VIRTIO_CTRL_RX_NOUNI, RX_EXTRA, virtio_ctrl_rx },
	{ VIRTIO_CTRL_RX, VIRTIO_CTRL_RX_NOBCAST, RX_EXTRA, virtio_ctrl_rx },
	{ VIRTIO_CTRL_MAC, VIRTIO_CTRL_MAC_TABLE_SET, VIRTIO_NET_F_CTRL_RX, virtio_ctrl_mac_table },
	{ VIRTIO_CTRL_MAC, VIRTIO_CTRL_MAC_ADDR_SET, VIRTIO_NET_F_CTRL_MAC_ADDR, virtio_ctrl_mac_addr },
	{ VIRTIO_CTRL_VLAN, VIRTIO_CTRL_VLAN_ADD, VIRTIO_NET_F_CTRL_VLAN, virtio_ctrl_vlan },
	{ VIRTIO_CTRL_VLAN, VIRTIO_CTRL_VLAN_DEL, VIRTIO_NET_F_CTRL_VLAN, virtio_ctrl_vlan },
	{ VIRTIO_CTRL_ANNOUNCE, VIRTIO_CTRL_ANNOUNCE_ACK, VIRTIO_NET_F_GUEST_ANNOUNCE, virtio_ctrl_announce },
	{ VIRTIO_CTRL_MQ, VIRTIO_CTRL_MQ_PAIRS, VIRTIO_NET_F_MQ, virtio_ctrl_pairs },
	{ VIRTIO_CTRL_MQ, VIRTIO_CTRL_MQ_RSS, VIRTIO_NET_F_RSS, virtio_ctrl_rss },
	{ VIRTIO_CTRL_MQ, VIRTIO_CTRL_MQ_HASH, VIRTIO_NET_F_HASH_REPORT, virtio_ctrl_hash },
	{ VIRTIO_CTRL_OFFLOADS, VIRTIO_CTRL_OFFLOADS_SET, VIRTIO_NET_F_CTRL_GUEST_OFFLOADS, virtio_ctrl_offloads },
	{ VIRTIO_CTRL_COAL, VIRTIO_CTRL_COAL_TX_SET, VIRTIO_NET_F_NOTF_COAL, virtio_ctrl_coal },
	{ VIRTIO_CTRL_COAL, VIRTIO_CTRL_COAL_RX_SET, VIRTIO_NET_F_NOTF_COAL, virtio_ctrl_coal },
	{ VIRTIO_CTRL_COAL, VIRTIO_CTRL_COAL_VQ_SET, VIRTIO_NET_F_VQ_NOTF_COAL, virtio_ctrl_coal_vq },
	{ VIRTIO_CTRL_COAL, VIRTIO_CTRL_COAL_VQ_GET, VIRTIO_NET_F_VQ_NOTF_COAL, virtio_ctrl_coal_vq },
	{ VIRTIO_CTRL_STATS, VIRTIO_CTRL_STATS_QUERY, VIRTIO_NET_F_DEVICE_STATS, virtio_ctrl_stats_query },
	{ VIRTIO_CTRL_STATS, VIRTIO_CTRL_STATS_GET, VIRTIO_NET_F_DEVICE_STATS, virtio_ctrl_stats_get },
};
/* clang-format on */

static const struct virtio_ctrl_cmd *
virtio_ctrl_find(const struct virtio_net *v, const struct virtio_ctrl_hdr *hdr)
{
	unsigned int i;

	for (i = 0; i < RTE_DIM(virtio_ctrl_cmds); i++) {
		const struct virtio_ctrl_cmd *cmd = &virtio_ctrl_cmds[i];

		if (cmd->class == hdr->class && cmd->cmd == hdr->cmd)
			return v->features & cmd->feature ? cmd : NULL;
	}
	return NULL;
}

/* Carry a command out and count it. @return the answer. */
static uint8_t
virtio_ctrl_dispatch(struct nic *nic, const struct virtio_ctrl_hdr *hdr, struct virtio_ctrl_io *io)
{
	struct virtio_net *v = nic->state;
	struct virtio_counters *count = &v->pair[0].count;
	const struct virtio_ctrl_cmd *cmd = virtio_ctrl_find(v, hdr);
	uint8_t ret;

	stat_add(&count->ctrl_commands, 1);
	if (cmd == NULL) {
		stat_add(&count->ctrl_unknown, 1);
		return VIRTIO_CTRL_ERR;
	}
	ret = cmd->run(nic, io, hdr->cmd);
	if (ret == VIRTIO_CTRL_OK)
		return ret;
	stat_add(ret == VIRTIO_CTRL_SHORT ? &count->ctrl_short : &count->ctrl_bad_value, 1);
	return VIRTIO_CTRL_ERR;
}

/*
 * Serve the chain behind c. @return bytes written; -errno when it is no command: the queue is broken
 * then.
 */
static int
virtio_ctrl_serve(struct nic *nic, const struct virtio_cursor *c)
{
	struct virtio_ctrl_io io = { .in = *c, .out = *c };
	struct virtio_cursor answer = *c;
	struct virtio_ctrl_hdr hdr;
	uint8_t ack = VIRTIO_CTRL_ERR;
	int ret;

	/* A command that cannot be answered is not carried out. */
	ret = virtio_ctrl_find_answer(&answer);
	if (ret < 0)
		return ret;
	if (!virtio_ctrl_get(&io.in, &hdr, sizeof(hdr)))
		return -EINVAL;
	/* 5.1.6.5: first the answer, then results. */
	io.out = answer;
	ret = virtio_cursor_move(&io.out, &ack, sizeof(ack), true, c->vq->packed);
	if (ret < 0)
		return ret;
	ack = virtio_ctrl_dispatch(nic, &hdr, &io);
	ret = virtio_cursor_move(&answer, &ack, sizeof(ack), true, c->vq->packed);
	return ret < 0 ? ret : (int)(sizeof(ack) + io.put);
}

/* Let the driver kick for its next command. */
static void
virtio_ctrl_want_kick(struct virtio_queue *vq)
{
	if (vq->event_idx && !vq->packed)
		__atomic_store_n((uint16_t *)&vq->used->ring[vq->size], vq->next_avail,
			__ATOMIC_RELAXED);
	/* The driver looks at this after it made a command available; we look for one next. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

/* Stand before the next command. @return false when there is none, or what is there breaks vq. */
static bool
virtio_ctrl_next(const struct nic *nic, struct virtio_queue *vq, struct virtio_cursor *c)
{
	uint16_t head;

	if (vq->packed) {
		virtio_packed_begin(vq);
		if (!virtio_packed_look(vq, 0))
			return false;
		virtio_packed_start(c, nic->mem, vq, 0);
		return true;
	}
	if (virtio_queue_ready(vq) == 0)
		return false;
	head = virtio_queue_head(vq, 0);
	vq->broken = head >= vq->size;
	virtio_cursor_start(c, nic->mem, vq, head);
	return !vq->broken;
}

/* Give the command's chain back with the answer in it. */
static void
virtio_ctrl_done(const struct nic *nic, struct virtio_queue *vq, uint16_t head, uint32_t len)
{
	if (vq->packed) {
		vq->chain[0].len = len;
		virtio_packed_publish(nic, vq, 1);
		return;
	}
	vq->next_avail++;
	virtio_queue_use(vq, 0, head, len);
	virtio_queue_publish(nic, vq, 1);
}

void
virtio_ctrl_run(struct nic *nic)
{
	struct virtio_net *v = nic->state;
	struct virtio_queue *vq = &v->ctrl;
	uint32_t left = VIRTIO_CTRL_ROUNDS * vq->size;
	struct virtio_cursor c;
	bool served = false;

	if (!virtio_queue_usable(nic, vq))
		return;
	virtio_ctrl_want_kick(vq);
	while (left-- > 0 && virtio_ctrl_next(nic, vq, &c)) {
		uint16_t head = c.next;
		int len = virtio_ctrl_serve(nic, &c);

		if (len < 0) {
			vq->broken = true;
			break;
		}
		virtio_ctrl_done(nic, vq, head, (uint32_t)len);
		served = true;
		virtio_ctrl_want_kick(vq);
	}
	if (served && vq->packed)
		virtio_packed_notify(nic, vq);
	else if (served)
		virtio_queue_notify(nic, vq);
	if (vq->broken)
		virtio_queue_tell_broken(nic, vq);
}
