/* SPDX-License-Identifier: BSD-3-Clause */
/* Commands about queue pairs, hashing and steering. All on C, datapath held. */
#include "virtio_ctrl.h"

#include <string.h>

#include <rte_byteorder.h>

#include "virtio_net.h"
#include "virtio_packed.h"

uint8_t
virtio_ctrl_pairs(struct nic *nic, struct virtio_ctrl_io *io, uint8_t cmd)
{
	struct virtio_net *v = nic->state;
	rte_le16_t le;
	uint16_t pairs;

	if (!virtio_ctrl_get(&io->in, &le, sizeof(le)))
		return VIRTIO_CTRL_SHORT;
	pairs = rte_le_to_cpu_16(le);
	if (pairs == 0 || pairs > nic->conf.n_queues)
		return VIRTIO_CTRL_ERR;
	/* Queue pairs without a table: the owner of a queue chooses it again. */
	v->rss.steer = false;
	__atomic_store_n(&nic->steers, false, __ATOMIC_RELAXED);
	v->pci.tx_pairs = pairs;
	v->pci.rx_pairs = pairs;
	virtio_pci_update(nic);
	return VIRTIO_CTRL_OK;
}

/* The end of both commands below: the key. A shorter one goes on with zeros. */
static uint8_t
virtio_ctrl_key(struct virtio_cursor *c, uint32_t types, uint8_t *key)
{
	uint8_t len;

	memset(key, 0, VIRTIO_RSS_KEY);
	if (!virtio_ctrl_get(c, &len, sizeof(len)))
		return VIRTIO_CTRL_SHORT;
	if (len > VIRTIO_RSS_KEY || (len == 0 && types != 0))
		return VIRTIO_CTRL_ERR;
	return len == 0 || virtio_ctrl_get(c, key, len) ? VIRTIO_CTRL_OK : VIRTIO_CTRL_SHORT;
}

uint8_t
virtio_ctrl_hash(struct nic *nic, struct virtio_ctrl_io *io, uint8_t cmd)
{
	struct virtio_net *v = nic->state;
	struct virtio_ctrl_hash_hdr hdr;
	uint8_t key[VIRTIO_RSS_KEY], ret;
	uint32_t types;

	/* Linux 6.1 has a number in the last of the reserved fields: they are not looked at. */
	if (!virtio_ctrl_get(&io->in, &hdr, sizeof(hdr)))
		return VIRTIO_CTRL_SHORT;
	types = rte_le_to_cpu_32(hdr.hash_types);
	if (types & ~VIRTIO_HASH_TYPES)
		return VIRTIO_CTRL_ERR;
	ret = virtio_ctrl_key(&io->in, types, key);
	if (ret == VIRTIO_CTRL_OK)
		virtio_rss_set(&v->rss, types, key);
	return ret;
}

/* The table, and how many pairs get frames by it. */
static uint8_t
virtio_ctrl_table(const struct nic *nic, struct virtio_cursor *c, struct virtio_rss *rss,
	uint16_t *pairs)
{
	rte_le16_t le[VIRTIO_RSS_TABLE];
	uint16_t i, top = rss->unclassified;

	/* A power of two, as all bits below the highest are set. */
	if (rss->mask >= VIRTIO_RSS_TABLE || (rss->mask & (rss->mask + 1)) != 0)
		return VIRTIO_CTRL_ERR;
	if (!virtio_ctrl_get(c, le, (rss->mask + 1u) * sizeof(le[0])))
		return VIRTIO_CTRL_SHORT;
	for (i = 0; i <= rss->mask; i++) {
		rss->table[i] = rte_le_to_cpu_16(le[i]);
		top = RTE_MAX(top, rss->table[i]);
	}
	*pairs = (uint16_t)(top + 1);
	/* The reserved bit, the highest, lies far beyond any queue we have. */
	return top < nic->conf.n_queues ? VIRTIO_CTRL_OK : VIRTIO_CTRL_ERR;
}

uint8_t
virtio_ctrl_rss(struct nic *nic, struct virtio_ctrl_io *io, uint8_t cmd)
{
	struct virtio_net *v = nic->state;
	struct virtio_ctrl_rss_hdr hdr;
	struct virtio_rss rss = { .steer = true };
	uint8_t key[VIRTIO_RSS_KEY], ret;
	uint16_t rx_pairs, tx_pairs;
	rte_le16_t le;
	uint32_t types;

	if (!virtio_ctrl_get(&io->in, &hdr, sizeof(hdr)))
		return VIRTIO_CTRL_SHORT;
	types = rte_le_to_cpu_32(hdr.hash_types);
	rss.mask = rte_le_to_cpu_16(hdr.mask);
	rss.unclassified = rte_le_to_cpu_16(hdr.unclassified);
	ret = virtio_ctrl_table(nic, &io->in, &rss, &rx_pairs);
	if (ret != VIRTIO_CTRL_OK)
		return ret;
	if (!virtio_ctrl_get(&io->in, &le, sizeof(le)))
		return VIRTIO_CTRL_SHORT;
	tx_pairs = rte_le_to_cpu_16(le);
	if ((types & ~VIRTIO_HASH_TYPES) || tx_pairs == 0 || tx_pairs > nic->conf.n_queues)
		return VIRTIO_CTRL_ERR;
	ret = virtio_ctrl_key(&io->in, types, key);
	if (ret != VIRTIO_CTRL_OK)
		return ret;
	virtio_rss_set(&rss, types, key);
	v->rss = rss;
	__atomic_store_n(&nic->steers, true, __ATOMIC_RELAXED);
	v->pci.tx_pairs = tx_pairs;
	v->pci.rx_pairs = rx_pairs;
	virtio_pci_update(nic);
	return VIRTIO_CTRL_OK;
}
