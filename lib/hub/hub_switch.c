/* SPDX-License-Identifier: BSD-3-Clause */
/* Forwarding by rules: learn, choose targets, and send runs of frames that have the same way. */
#include <rte_cycles.h>

#include "hub_flood.h"
#include "hub_policy.h"
#include "hub_rules.h"
#include "hub_vlan.h"

#define HUB_TO_ALL  0xffff
#define HUB_TO_NONE 0xfffe /* lost; counted already */

/* A burst under way. */
struct hub_burst {
	const struct hub_input *in;
	const struct hub_rules *rules;
	struct hub_count *count; /* of the source */
	uint64_t now;		 /* TSC */
	uint16_t n;
	struct rte_mbuf **pkts;
	struct hub_head head[HUB_BURST];
	uint16_t to[HUB_BURST]; /* place in in->target, HUB_TO_ALL */
};

/* Targets of a run, by whether their frames have tags. */
struct hub_choice {
	uint16_t n[2];
	struct hub_target target[2][HUB_MAX_MEMBERS];
};

/* Lose what has no head or does not belong into this port's VLANs; the rest moves up. */
static void
hub_look(struct hub_burst *b)
{
	const struct hub_port_conf *conf = &b->in->from->conf;
	uint16_t i, kept = 0;

	for (i = 0; i < b->n; i++) {
		struct hub_head *h = &b->head[kept];

		if (unlikely(!hub_head_read(b->pkts[i], h)))
			hub_lose(&b->count->drop_malformed, &b->pkts[i], 1);
		else if (unlikely(!hub_vlan_in(conf, h)))
			hub_lose(&b->count->drop_vlan, &b->pkts[i], 1);
		else
			b->pkts[kept++] = b->pkts[i];
	}
	b->n = kept;
}

/* The member with that number in the hub; NULL when it has left. */
static struct hub_member *
hub_member_of(const struct hub_burst *b, uint8_t index)
{
	uint8_t at = b->rules->target[index];

	if (index == b->in->from->index)
		return b->in->from;
	return at != HUB_NO_TARGET ? b->in->target[at].to : NULL;
}

/*
 * An address came from elsewhere. Once is a guest that moved; often is a loop, or a forged address. The
 * one to blame is not the port where it was before all that: else a guest could have others blocked.
 */
static void
hub_moved(const struct hub_burst *b, uint64_t key, const struct hub_fdb_move *move)
{
	struct hub_member *culprit = b->in->from;

	hub_count_add(&b->count->moves, 1);
	if (b->rules->log == NULL || move->moves != HUB_LOOP_MOVES)
		return;
	if (move->home == culprit->index)
		culprit = hub_member_of(b, move->from);
	if (culprit != NULL)
		hub_loop_found(b->rules->log, culprit, key, b->now,
			b->rules->loop == HUB_LOOP_BLOCK);
}

static void
hub_learn(const struct hub_burst *b)
{
	uint32_t tick = hub_ticks(b->now);
	uint64_t last = 0;
	uint16_t i;

	for (i = 0; i < b->n; i++) {
		const struct hub_head *h = &b->head[i];
		uint64_t key = hub_fdb_key(h->src, h->vlan);
		struct hub_fdb_move move;

		if (key == last || h->src == 0 || unlikely(hub_is_group(h->src)))
			continue;
		last = key;
		switch (hub_fdb_learn(b->rules->fdb, &b->rules->limit, key,
			(uint8_t)b->in->from->index, tick, &move)) {
		case HUB_FDB_MOVED:
			hub_moved(b, key, &move);
			break;
		case HUB_FDB_NO_ROOM:
			hub_count_add(&b->count->not_learnt, 1);
			break;
		default:
			break;
		}
	}
	hub_fdb_sweep(b->rules->fdb, b->rules->limit.ageing, tick);
}

static bool
hub_takes(const struct hub_burst *b, const struct hub_member *m, uint16_t vlan)
{
	return hub_vlan_member(&m->conf, vlan) && !hub_loop_blocks(m, b->now);
}

/* Where a unicast frame goes. */
static uint16_t
hub_find(const struct hub_burst *b, const struct hub_head *h)
{
	int port = hub_fdb_find(b->rules->fdb, hub_fdb_key(h->dst, h->vlan), b->rules->limit.ageing,
		hub_ticks(b->now));
	const struct hub_member *m;

	if (port < 0)
		return HUB_TO_ALL;
	if (port == b->in->from->index)
		return HUB_TO_NONE;
	m = hub_member_of(b, (uint8_t)port);
	/* One that is away, or off: perhaps the address is elsewhere by now. */
	if (m == NULL || hub_is_down(m) || !hub_takes(b, m, h->vlan))
		return HUB_TO_ALL;
	return b->rules->target[port];
}

static void
hub_aim(struct hub_burst *b)
{
	uint64_t last_dst = 0;
	uint16_t i, last_vlan = 0, last_to = HUB_TO_ALL, same = 0, unknown = 0;

	for (i = 0; i < b->n; i++) {
		const struct hub_head *h = &b->head[i];

		if (!b->rules->is_switch || hub_is_group(h->dst)) {
			b->to[i] = HUB_TO_ALL;
			continue;
		}
		if (h->dst != last_dst || h->vlan != last_vlan || i == 0)
			last_to = hub_find(b, h);
		last_dst = h->dst;
		last_vlan = h->vlan;
		b->to[i] = last_to;
		same += last_to == HUB_TO_NONE;
		unknown += last_to == HUB_TO_ALL;
	}
	if (same > 0)
		hub_count_add(&b->count->drop_same_port, same);
	if (unknown > 0)
		hub_count_add(&b->count->flooded, unknown);
}

/* Unicast to all only counts in a switch, where it means that nobody knows the address. */
static bool
hub_is_storm(const struct hub_burst *b, uint16_t i)
{
	return b->to[i] == HUB_TO_ALL && (b->rules->is_switch || hub_is_group(b->head[i].dst));
}

static void
hub_limit_storm(struct hub_burst *b)
{
	uint16_t i, n = 0, pass, lost;

	for (i = 0; i < b->n; i++)
		n += hub_is_storm(b, i);
	if (n == 0)
		return;
	pass = hub_storm_take(b->in->from, b->rules->storm, b->now, n);
	lost = (uint16_t)(n - pass);
	if (lost == 0)
		return;
	hub_count_add(&b->count->drop_storm, lost);
	for (i = b->n; lost > 0; lost--) {
		do
			i--;
		while (!hub_is_storm(b, i));
		b->to[i] = HUB_TO_NONE;
	}
}

/* The frames of a run for targets that want them otherwise. */
static void
hub_send_retagged(const struct hub_burst *b, uint16_t at, uint16_t n, const struct hub_choice *c,
	bool tagged)
{
	struct rte_mbuf *copy[HUB_BURST];
	const struct hub_target *t = c->target[tagged];
	uint16_t i, k, made = 0;

	for (i = at; i < at + n; i++) {
		copy[made] = hub_vlan_retag(b->pkts[i], &b->head[i], tagged, t->to->pool);
		made += copy[made] != NULL;
	}
	hub_count_add(&t->to->count[t->queue].copies, made);
	for (k = 0; k < c->n[tagged] && made < n; k++)
		hub_count_add(&t[k].to->count[t[k].queue].drop_no_mbuf, (uint64_t)(n - made));
	if (made > 0)
		hub_flood(b->in, t, c->n[tagged], copy, made);
}

static void
hub_choose(const struct hub_burst *b, uint16_t at, uint16_t n, struct hub_choice *c)
{
	uint16_t vlan = b->head[at].vlan, i, first = 0, end = b->in->n_targets;

	if (b->to[at] != HUB_TO_ALL) {
		first = b->to[at];
		end = (uint16_t)(first + 1);
	}
	c->n[0] = c->n[1] = 0;
	for (i = first; i < end; i++) {
		const struct hub_target *t = &b->in->target[i];
		bool tagged = vlan != 0 && hub_vlan_tagged(&t->to->conf, vlan);

		if (!hub_vlan_member(&t->to->conf, vlan))
			continue;
		if (unlikely(hub_loop_blocks(t->to, b->now)))
			hub_count_add(&t->to->count[t->queue].drop_loop, n);
		else
			c->target[tagged][c->n[tagged]++] = *t;
	}
}

/* Frames at to at + n - 1 have one VLAN, one kind of tag, and one way. */
static __rte_noinline void
hub_send_chosen(const struct hub_burst *b, uint16_t at, uint16_t n)
{
	const struct hub_head *h = &b->head[at];
	struct hub_choice c;
	int as_is = -1, tagged;

	hub_choose(b, at, n, &c);
	for (tagged = 0; tagged < 2; tagged++) {
		if (c.n[tagged] == 0)
			continue;
		if (hub_vlan_changes(h, tagged))
			hub_send_retagged(b, at, n, &c, tagged);
		else
			as_is = tagged;
	}
	/* At most one kind leaves as it came: for that one the frames were kept to the last. */
	if (as_is >= 0)
		hub_flood(b->in, c.target[as_is], c.n[as_is], b->pkts + at, n);
	else
		rte_pktmbuf_free_bulk(b->pkts + at, n);
}

static void
hub_send_run(const struct hub_burst *b, uint16_t at, uint16_t n)
{
	if (b->to[at] == HUB_TO_NONE)
		rte_pktmbuf_free_bulk(b->pkts + at, n);
	else if (b->rules->vlans || (b->rules->loop == HUB_LOOP_BLOCK && b->to[at] == HUB_TO_ALL))
		hub_send_chosen(b, at, n);
	else if (b->to[at] == HUB_TO_ALL)
		hub_flood(b->in, b->in->target, b->in->n_targets, b->pkts + at, n);
	else
		hub_flood(b->in, &b->in->target[b->to[at]], 1, b->pkts + at, n);
}

static bool
hub_same_way(const struct hub_burst *b, uint16_t i, uint16_t k)
{
	return b->to[i] == b->to[k] && b->head[i].vlan == b->head[k].vlan &&
	       b->head[i].tag == b->head[k].tag;
}

void
hub_rules_forward(const struct hub_input *in, struct rte_mbuf **pkts, uint16_t n)
{
	struct hub_burst b; /* its arrays are only set as far as there are frames */
	uint16_t at, end;

	b.in = in;
	b.rules = in->rules;
	b.n = n;
	b.pkts = pkts;
	b.count = &in->from->count[in->queue];
	b.now = rte_rdtsc();
	if (unlikely(hub_loop_blocks(in->from, b.now))) {
		hub_lose(&b.count->drop_loop, pkts, n);
		return;
	}
	hub_look(&b);
	if (b.rules->fdb != NULL)
		hub_learn(&b);
	hub_aim(&b);
	if (b.rules->storm != 0)
		hub_limit_storm(&b);
	for (at = 0; at < b.n; at = end) {
		for (end = (uint16_t)(at + 1); end < b.n && hub_same_way(&b, at, end); end++)
			;
		hub_send_run(&b, at, (uint16_t)(end - at));
	}
}
