/* SPDX-License-Identifier: BSD-3-Clause */
/* The MSS option of SYNs (RFC 9293 3.2), and a bounded memory of what guests asked for. */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include <rte_byteorder.h>
#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_jhash.h>
#include <rte_random.h>
#include <rte_tcp.h>

#include "slirp_large.h"
#include "slirp_pmd.h"

#define SLIRP_OPT_END	  0
#define SLIRP_OPT_NOP	  1
#define SLIRP_OPT_MSS	  2
#define SLIRP_OPT_MSS_LEN 4
#define SLIRP_TCP_SUM	  offsetof(struct rte_tcp_hdr, cksum)
#define SLIRP_TCP_MIN	  ((uint32_t)sizeof(struct rte_tcp_hdr))

/** A connection by its ends; what an address of IPv4 leaves over is zero. Hashed and compared whole. */
struct slirp_mss_key {
	uint8_t guest[16], host[16];
	uint16_t guest_port, host_port;
	uint32_t v6;
};
static_assert(sizeof(struct slirp_mss_key) == 40, "no padding: it is compared by memcmp()");

struct slirp_mss_entry {
	struct slirp_mss_key key;
	uint32_t used; /* slirp_mss.now when it was last looked at */
	uint16_t seg;  /* 0: empty */
};

struct slirp_mss {
	uint32_t mtu, seed, now;
	struct slirp_mss_entry entry[SLIRP_MSS_SETS][SLIRP_MSS_WAYS];
};

static uint16_t
slirp_be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

/* The IP half of slirp_tcp_find(). @return bytes that the IP header speaks of; 0: not TCP. */
static uint32_t
slirp_tcp_l3(const uint8_t *l3, uint32_t len, uint16_t type, struct slirp_tcp *tcp)
{
	uint32_t offset, total;

	if (type == RTE_ETHER_TYPE_IPV6) {
		tcp->v6 = true;
		tcp->fragment = false;
		tcp->l3_len = sizeof(struct rte_ipv6_hdr);
		if (len < tcp->l3_len || l3[offsetof(struct rte_ipv6_hdr, proto)] != IPPROTO_TCP)
			return 0;
		return tcp->l3_len + slirp_be16(l3 + offsetof(struct rte_ipv6_hdr, payload_len));
	}
	if (type != RTE_ETHER_TYPE_IPV4 || len < sizeof(struct rte_ipv4_hdr) ||
		l3[offsetof(struct rte_ipv4_hdr, next_proto_id)] != IPPROTO_TCP)
		return 0;
	tcp->v6 = false;
	tcp->l3_len = (l3[0] & 0xfu) * 4;
	offset = slirp_be16(l3 + offsetof(struct rte_ipv4_hdr, fragment_offset));
	tcp->fragment = (offset & RTE_IPV4_HDR_MF_FLAG) != 0;
	total = slirp_be16(l3 + offsetof(struct rte_ipv4_hdr, total_length));
	return tcp->l3_len < sizeof(struct rte_ipv4_hdr) || (offset & RTE_IPV4_HDR_OFFSET_MASK) != 0
		       ? 0
		       : total;
}

bool
slirp_tcp_find(const uint8_t *frame, uint32_t len, struct slirp_tcp *tcp)
{
	uint32_t total;

	*tcp = (struct slirp_tcp){ 0 };
	if (len < RTE_ETHER_HDR_LEN)
		return false;
	total = slirp_tcp_l3(frame + RTE_ETHER_HDR_LEN, len - RTE_ETHER_HDR_LEN,
		slirp_be16(frame + 12), tcp);
	if (total > len - RTE_ETHER_HDR_LEN || total < tcp->l3_len + SLIRP_TCP_MIN)
		return false;
	tcp->at = RTE_ETHER_HDR_LEN + tcp->l3_len;
	tcp->l4_len = (frame[tcp->at + offsetof(struct rte_tcp_hdr, data_off)] >> 4) * 4u;
	if (tcp->l4_len < SLIRP_TCP_MIN || tcp->l3_len + tcp->l4_len > total)
		return false;
	tcp->payload = total - tcp->l3_len - tcp->l4_len;
	return true;
}

static bool
slirp_is_syn(const uint8_t *frame, const struct slirp_tcp *tcp)
{
	return frame[tcp->at + offsetof(struct rte_tcp_hdr, tcp_flags)] & RTE_TCP_SYN_FLAG;
}

/* The next MSS option at or behind *off. @return false: there is none. *off is that of its value. */
static bool
slirp_next_mss(const uint8_t *hdr, uint32_t len, uint32_t *off)
{
	uint32_t i = *off;

	while (i < len && hdr[i] != SLIRP_OPT_END) {
		if (hdr[i] == SLIRP_OPT_NOP) {
			i++;
			continue;
		}
		if (i + 1 >= len || hdr[i + 1] < 2 || i + hdr[i + 1] > len)
			return false;
		if (hdr[i] == SLIRP_OPT_MSS && hdr[i + 1] == SLIRP_OPT_MSS_LEN) {
			*off = i + 2;
			return true;
		}
		i += hdr[i + 1];
	}
	return false;
}

/* Replace an option's value and mend the checksum, of which it may lie across two words. */
static void
slirp_put_mss(uint8_t *hdr, uint32_t off, uint16_t mss)
{
	uint8_t words[4];
	uint32_t from = off & ~1u, i;
	uint32_t n = off & 1 ? 4 : 2;
	uint16_t word;

	memcpy(words, hdr + from, n);
	words[off - from] = (uint8_t)(mss >> 8);
	words[off - from + 1] = (uint8_t)mss;
	for (i = 0; i < n; i += 2) {
		memcpy(&word, words + i, sizeof(word));
		slirp_replace16(hdr + from + i, word, hdr + SLIRP_TCP_SUM);
	}
}

/* @param to_guest  the frame's source is the host's end */
static void
slirp_mss_key(const uint8_t *frame, const struct slirp_tcp *tcp, bool to_guest,
	struct slirp_mss_key *key)
{
	const uint8_t *l3 = frame + RTE_ETHER_HDR_LEN, *ports = frame + tcp->at;
	uint32_t n = tcp->v6 ? 16 : 4;
	const uint8_t *src = l3 + (tcp->v6 ? offsetof(struct rte_ipv6_hdr, src_addr)
					   : offsetof(struct rte_ipv4_hdr, src_addr));

	memset(key, 0, sizeof(*key));
	key->v6 = tcp->v6;
	memcpy(to_guest ? key->host : key->guest, src, n);
	memcpy(to_guest ? key->guest : key->host, src + n, n);
	memcpy(to_guest ? &key->host_port : &key->guest_port, ports, 2);
	memcpy(to_guest ? &key->guest_port : &key->host_port, ports + 2, 2);
}

static struct slirp_mss_entry *
slirp_mss_set(struct slirp_mss *t, const struct slirp_mss_key *key)
{
	return t->entry[rte_jhash(key, sizeof(*key), t->seed) % SLIRP_MSS_SETS];
}

static struct slirp_mss_entry *
slirp_mss_lookup(struct slirp_mss *t, const struct slirp_mss_key *key)
{
	struct slirp_mss_entry *set = slirp_mss_set(t, key);
	int i;

	for (i = 0; i < SLIRP_MSS_WAYS; i++)
		if (set[i].seg != 0 && memcmp(&set[i].key, key, sizeof(*key)) == 0) {
			set[i].used = t->now++;
			return &set[i];
		}
	return NULL;
}

static void
slirp_mss_remember(struct slirp_mss *t, const struct slirp_mss_key *key, uint16_t seg)
{
	struct slirp_mss_entry *set = slirp_mss_set(t, key), *e = slirp_mss_lookup(t, key);
	int i;

	for (i = 0; e == NULL && i < SLIRP_MSS_WAYS; i++)
		if (set[i].seg == 0)
			e = &set[i];
	if (e == NULL) {
		e = &set[0];
		for (i = 1; i < SLIRP_MSS_WAYS; i++)
			if (t->now - set[i].used > t->now - e->used)
				e = &set[i];
	}
	*e = (struct slirp_mss_entry){ .key = *key, .used = t->now++, .seg = seg };
}

/* What fits the guests' MTU without TCP options, which libslirp sends none of. */
static uint16_t
slirp_mss_fits(const struct slirp_mss *t, bool v6)
{
	uint32_t hdr =
		SLIRP_TCP_MIN + (v6 ? sizeof(struct rte_ipv6_hdr) : sizeof(struct rte_ipv4_hdr));

	return (uint16_t)(t->mtu - hdr);
}

static uint16_t
slirp_mss_default(const struct slirp_mss *t, bool v6)
{
	uint16_t fits = slirp_mss_fits(t, v6), def = v6 ? SLIRP_MSS_DEFAULT6 : SLIRP_MSS_DEFAULT4;

	return RTE_MIN(fits, def);
}

bool
slirp_mss_raise(struct slirp_mss *t, uint8_t *frame, uint32_t len)
{
	struct slirp_mss_key key;
	struct slirp_tcp tcp;
	uint32_t off = SLIRP_TCP_MIN;
	bool raised = false;
	uint8_t *hdr;

	if (!slirp_tcp_find(frame, len, &tcp) || !slirp_is_syn(frame, &tcp))
		return false;
	hdr = frame + tcp.at;
	/* libslirp goes by the last one. */
	for (; slirp_next_mss(hdr, tcp.l4_len, &off); off += 2) {
		uint16_t mss = slirp_be16(hdr + off), fits = slirp_mss_fits(t, tcp.v6), large;
		uint16_t seg = RTE_MIN(mss, fits);

		large = seg;
		if (seg >= (tcp.v6 ? SLIRP_MSS_DEFAULT6 : SLIRP_MSS_DEFAULT4)) {
			slirp_mss_key(frame, &tcp, false, &key);
			slirp_mss_remember(t, &key, seg);
			large = (uint16_t)(seg * RTE_MAX(SLIRP_LARGE / seg, 1));
		}
		raised |= large > mss;
		if (large != mss)
			slirp_put_mss(hdr, off, large);
	}
	return raised;
}

uint16_t
slirp_mss_of(struct slirp_mss *t, const uint8_t *frame, const struct slirp_tcp *tcp, bool *known)
{
	const struct slirp_mss_entry *e;
	struct slirp_mss_key key;

	slirp_mss_key(frame, tcp, true, &key);
	e = slirp_mss_lookup(t, &key);
	*known = e != NULL;
	return e != NULL ? e->seg : slirp_mss_default(t, tcp->v6);
}

void
slirp_mss_clamp(const struct slirp_mss *t, uint8_t *frame, const struct slirp_tcp *tcp)
{
	uint16_t fits = slirp_mss_fits(t, tcp->v6);
	uint32_t off = SLIRP_TCP_MIN;

	if (!slirp_is_syn(frame, tcp))
		return;
	for (; slirp_next_mss(frame + tcp->at, tcp->l4_len, &off); off += 2)
		if (slirp_be16(frame + tcp->at + off) > fits)
			slirp_put_mss(frame + tcp->at, off, fits);
}

struct slirp_mss *
slirp_mss_create(uint32_t mtu)
{
	struct slirp_mss *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	t->mtu = mtu;
	/* What guests cannot guess they cannot aim at. */
	t->seed = (uint32_t)rte_rand();
	return t;
}

void
slirp_mss_destroy(struct slirp_mss *t)
{
	free(t);
}
