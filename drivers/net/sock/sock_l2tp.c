/* SPDX-License-Identifier: BSD-3-Clause */
/* Writing and checking L2TPv3 headers. */
#include "sock_l2tp.h"

#include <string.h>

#include <rte_byteorder.h>

#define L2TP_DATA    0x00030000u /* RFC 3931 4.1.2.1: T=0, version 3 */
#define L2TP_CONTROL 0x80000000u /* the T bit */
#define L2TP_IPV4    20u	 /* an IPv4 header without options */

static uint32_t
sock_l2tp_cookie_len(const struct sock_l2tp *l)
{
	return !l->cookie ? 0 : l->cookie64 ? 8 : 4;
}

uint32_t
sock_l2tp_tx_len(const struct sock_l2tp *l)
{
	return (l->udp ? 4 : 0) + 4 + sock_l2tp_cookie_len(l) + (l->counter ? 4 : 0) + l->offset;
}

uint32_t
sock_l2tp_rx_len(const struct sock_l2tp *l)
{
	return sock_l2tp_tx_len(l) + (!l->udp && !l->ipv6 ? L2TP_IPV4 : 0);
}

static uint8_t *
sock_l2tp_put32(uint8_t *p, uint32_t v)
{
	v = rte_cpu_to_be_32(v);
	memcpy(p, &v, sizeof(v));
	return p + sizeof(v);
}

static uint32_t
sock_l2tp_get32(const uint8_t **p)
{
	uint32_t v;

	memcpy(&v, *p, sizeof(v));
	*p += sizeof(v);
	return rte_be_to_cpu_32(v);
}

void
sock_l2tp_write(struct sock_l2tp *l, uint8_t *hdr)
{
	uint8_t *p = hdr;

	if (l->udp)
		p = sock_l2tp_put32(p, L2TP_DATA);
	p = sock_l2tp_put32(p, l->tx_session);
	if (l->cookie && l->cookie64)
		p = sock_l2tp_put32(p, (uint32_t)(l->tx_cookie >> 32));
	if (l->cookie)
		p = sock_l2tp_put32(p, (uint32_t)l->tx_cookie);
	if (l->counter)
		p = sock_l2tp_put32(p, l->pincounter ? 0 : ++l->counter_next);
	memset(p, 0, l->offset);
}

enum sock_l2tp_verdict
sock_l2tp_check(const struct sock_l2tp *l, const uint8_t *hdr, uint32_t len)
{
	const uint8_t *p = hdr;
	uint64_t cookie = 0;

	if (len < sock_l2tp_rx_len(l))
		return SOCK_L2TP_SHORT;
	if (!l->udp && !l->ipv6) {
		if (p[0] != 0x45)
			return SOCK_L2TP_BAD_HEADER;
		p += L2TP_IPV4;
	}
	/* Peers differ in the other bits; QEMU looks at none. A control message holds no frame. */
	if (l->udp && (sock_l2tp_get32(&p) & L2TP_CONTROL))
		return SOCK_L2TP_BAD_HEADER;
	if (sock_l2tp_get32(&p) != l->rx_session)
		return SOCK_L2TP_BAD_SESSION;
	if (l->cookie && l->cookie64)
		cookie = (uint64_t)sock_l2tp_get32(&p) << 32;
	if (l->cookie)
		cookie |= sock_l2tp_get32(&p);
	return cookie == (l->cookie ? l->rx_cookie : 0) ? SOCK_L2TP_OK : SOCK_L2TP_BAD_COOKIE;
}
