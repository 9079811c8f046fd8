/* SPDX-License-Identifier: BSD-3-Clause */
/* From a hub's frame to slirp_input(): a private, complete, harmless one. */
#include <errno.h>
#include <string.h>

#include <rte_ether.h>
#include <rte_mbuf.h>

#include "base/stats.h"
#include "offload/offload.h"
#include "slirp_large.h"
#include "slirp_pmd.h"

/* libslirp's own addresses: 52:55 and an IPv4 address, 52:56 and the tail of an IPv6 one. */
static bool
slirp_is_for_us(const uint8_t *frame)
{
	if (frame[0] & 1)
		return true;
	return frame[0] == 0x52 && (frame[1] == 0x55 || frame[1] == 0x56);
}

/* Check and clean the frame in port->frame, then let libslirp see it. */
static void
slirp_feed(struct slirp_port *port, uint32_t len)
{
	int ret = slirp_strip_urg(port->frame, len);

	if (ret < 0) {
		stat_add(&port->count.tiny_fragment, 1);
		return;
	}
	stat_add(&port->count.urg_stripped, (uint64_t)ret);
	if (port->mss != NULL)
		stat_add(&port->count.mss_raised, slirp_mss_raise(port->mss, port->frame, len));
	slirp_input(port->slirp, port->frame, (int)len);
}

/* Copy m into port->frame. @return its length. */
static uint32_t
slirp_flatten(struct slirp_port *port, const struct rte_mbuf *m)
{
	uint32_t len = m->pkt_len;
	const void *p = rte_pktmbuf_read(m, 0, len, port->frame);

	if (p != port->frame)
		memcpy(port->frame, p, len);
	return len;
}

/* A TSO frame that is longer than the configured receive unit. */
static void
slirp_take_segments(struct slirp_port *port, const struct rte_mbuf *m)
{
	struct rte_mbuf *seg[OFFLOAD_MAX_SEGMENTS];
	int i, n;

	n = port->pool == NULL ? -ENOMEM : offload_segment_tcp(m, port->pool, seg);
	if (n < 0) {
		stat_add(n == -ENOMEM ? &port->count.no_mbuf : &port->count.bad_offload, 1);
		return;
	}
	stat_add(&port->count.in_segmented, 1);
	for (i = 0; i < n; i++)
		slirp_feed(port, slirp_flatten(port, seg[i]));
	rte_pktmbuf_free_bulk(seg, (unsigned int)n);
}

void
slirp_take_frame(struct slirp_port *port, const struct rte_mbuf *m)
{
	uint8_t head[RTE_ETHER_HDR_LEN];
	const uint8_t *eth;
	uint32_t len;

	if (m->pkt_len < RTE_ETHER_HDR_LEN + 20) {
		stat_add(&port->count.short_frame, 1);
		return;
	}
	eth = rte_pktmbuf_read(m, 0, sizeof(head), head);
	if (!slirp_is_for_us(eth)) {
		stat_add(&port->count.other_unicast, 1);
		return;
	}
	if (m->pkt_len > port->conf.args.mru + RTE_ETHER_HDR_LEN) {
		if (m->ol_flags & RTE_MBUF_F_TX_TCP_SEG)
			slirp_take_segments(port, m);
		else
			stat_add(&port->count.oversize, 1);
		return;
	}
	len = slirp_flatten(port, m);
	if ((m->ol_flags & OFFLOAD_TX_FLAGS) != 0 && offload_finish_flat(port->frame, len, m) < 0) {
		stat_add(&port->count.bad_offload, 1);
		return;
	}
	slirp_feed(port, len);
}
