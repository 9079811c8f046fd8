/* SPDX-License-Identifier: BSD-3-Clause */
/* The public functions of net_guest. */
#include "pmd_guest.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_string_fns.h>

#include "guest_pmd.h"
#include "transport/transport.h"

/* clang-format off */
static const struct {
	uint64_t bit;
	const char *name;
} guest_feature_names[] = {
	{ UINT64_C(1) << 0, "CSUM" }, { UINT64_C(1) << 1, "GUEST_CSUM" },
	{ UINT64_C(1) << 3, "MTU" }, { UINT64_C(1) << 5, "MAC" }, { UINT64_C(1) << 6, "GSO" },
	{ UINT64_C(1) << 7, "GUEST_TSO4" }, { UINT64_C(1) << 8, "GUEST_TSO6" },
	{ UINT64_C(1) << 11, "HOST_TSO4" }, { UINT64_C(1) << 12, "HOST_TSO6" },
	{ UINT64_C(1) << 15, "MRG_RXBUF" }, { UINT64_C(1) << 16, "STATUS" },
	{ UINT64_C(1) << 17, "CTRL_VQ" }, { UINT64_C(1) << 18, "CTRL_RX" },
	{ UINT64_C(1) << 21, "GUEST_ANNOUNCE" }, { UINT64_C(1) << 22, "MQ" },
	{ UINT64_C(1) << 27, "ANY_LAYOUT" }, { UINT64_C(1) << 28, "INDIRECT_DESC" },
	{ UINT64_C(1) << 29, "EVENT_IDX" }, { UINT64_C(1) << 32, "VERSION_1" },
	{ UINT64_C(1) << 50, "DEVICE_STATS" }, { UINT64_C(1) << 52, "VQ_NOTF_COAL" },
	{ UINT64_C(1) << 53, "NOTF_COAL" }, { UINT64_C(1) << 57, "HASH_REPORT" },
	{ UINT64_C(1) << 60, "RSS" },
};
/* clang-format on */

void
pmd_guest_feature_names(uint64_t features, char *text, size_t len)
{
	size_t i, at = 0;

	text[0] = '\0';
	for (i = 0; i < RTE_DIM(guest_feature_names) && at < len; i++)
		if (features & guest_feature_names[i].bit)
			at += (size_t)snprintf(text + at, len - at, "%s%s", at > 0 ? " " : "",
				guest_feature_names[i].name);
}

int
pmd_guest_info(uint16_t port_id, struct pmd_guest_info *info)
{
	static const char *const states[] = { [GUEST_WAITING] = "waiting",
		[GUEST_CONNECTED] = "connected",
		[GUEST_UP] = "up" };
	const struct rte_eth_dev *dev = guest_ethdev(port_id);
	const struct guest_port *port;
	struct guest_info gi;

	if (dev == NULL)
		return -ENODEV;
	port = dev->data->dev_private;
	guest_get_info(port->guest, &gi);
	*info = (struct pmd_guest_info){
		.model = gi.model,
		.transport = gi.transport,
		.state = states[gi.state],
		.client = port->client,
		.features = gi.features,
		.queues = port->n_queues,
		.queues_up = gi.queues_up,
		.mtu = gi.mtu,
		.connects = gi.connects,
		.disconnects = gi.disconnects,
		.memory_bytes = gi.memory_bytes,
	};
	rte_strscpy(info->path, port->path, sizeof(info->path));
	return 0;
}

/* The guest of a port; NULL when it is another kind of port. */
static struct guest *
pmd_guest_of(uint16_t port_id)
{
	const struct rte_eth_dev *dev = guest_ethdev(port_id);

	return dev == NULL ? NULL : ((const struct guest_port *)dev->data->dev_private)->guest;
}

int
pmd_guest_regs(uint16_t port_id, const char *name,
	void (*fn)(void *ctx, const struct guest_reg *reg), void *ctx)
{
	struct guest *g = pmd_guest_of(port_id);

	return g == NULL ? -ENODEV : guest_regs(g, name, fn, ctx);
}

const struct nic_pci *
pmd_guest_pci(uint16_t port_id, uint8_t *config)
{
	struct guest *g = pmd_guest_of(port_id);

	return g == NULL ? NULL : guest_pci(g, config);
}

int
pmd_guest_rx_filter(uint16_t port_id, struct nic_rx_filter *f)
{
	struct guest *g = pmd_guest_of(port_id);

	return g == NULL ? -ENODEV : guest_rx_filter(g, f);
}

bool
pmd_guest_may_select(uint16_t port_id)
{
	struct guest *g = pmd_guest_of(port_id);

	return g != NULL && guest_may_select(g);
}

bool
pmd_guest_select(uint16_t port_id, struct rte_mbuf *const *pkts, uint16_t n, uint16_t *queue)
{
	const struct guest_port *port = rte_eth_devices[port_id].data->dev_private;

	return guest_select(port->guest, pkts, n, queue);
}

bool
pmd_guest_lends(uint16_t port_id)
{
	struct guest *g = pmd_guest_of(port_id);

	return g != NULL && guest_nic(g)->model->lend != NULL;
}

uint16_t
pmd_guest_lend(uint16_t port_id, uint16_t q, struct rte_mbuf **pkts, uint16_t n)
{
	struct guest_port *port = rte_eth_devices[port_id].data->dev_private;

	return guest_rx_lent(&port->rx[q], pkts, n);
}

void
pmd_guest_lend_end(uint16_t port_id, uint16_t q)
{
	struct guest_port *port = rte_eth_devices[port_id].data->dev_private;

	guest_rx_lent_end(&port->rx[q]);
}

uint16_t
pmd_guest_show(uint16_t port_id, uint16_t q, struct rte_mbuf *const *pkts, uint16_t n,
	uint64_t bytes)
{
	struct guest_port *port = rte_eth_devices[port_id].data->dev_private;

	return guest_tx_shown(&port->tx[q], pkts, n, bytes);
}

int
pmd_guest_announce(uint16_t port_id, const struct rte_ether_addr *mac)
{
	const struct rte_eth_dev *dev = guest_ethdev(port_id);

	if (dev == NULL)
		return -ENODEV;
	guest_want_rarp(dev->data->dev_private, mac);
	return 0;
}

const char *
pmd_guest_stat_reason(const char *xstat)
{
	static const char vfio[] = "vfio_";
	const struct transport_ops *tr = transport_find("vfio-user");
	const struct nic_model *model;
	unsigned int m, i;

	if (strncmp(xstat, vfio, strlen(vfio)) == 0)
		for (i = 0; i < tr->n_stats; i++)
			if (strcmp(tr->stats[i].name, xstat + strlen(vfio)) == 0)
				return tr->stats[i].reason;

	/* Strip "q0_". */
	if (xstat[0] == 'q' && strchr(xstat, '_') != NULL)
		xstat = strchr(xstat, '_') + 1;
	for (m = 0; (model = nic_model_at(m)) != NULL; m++)
		for (i = 0; i < model->n_stats; i++)
			if (strcmp(model->stats[i].name, xstat) == 0)
				return model->stats[i].reason;
	if (strncmp(xstat, "link_down", strlen("link_down")) == 0)
		return "frames dropped because set_link turned the port off";
	return NULL;
}
