/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench_frame.h"

#include <string.h>

#include <rte_mbuf.h>

#define FRAME_END 8 /* bytes that are looked at in each frame */

static uint8_t
frame_pattern(uint16_t at)
{
	return (uint8_t)(at * 7 + (at >> 8));
}

uint16_t
bench_frame_head(uint16_t mss)
{
	return mss > 0 ? sizeof(struct bench_tso_frame) : sizeof(struct bench_frame);
}

/* RFC 2544, C.2.2: the addresses of benchmarks. The TCP checksum is what is left to the device. */
static void
frame_headers(struct bench_tso_frame *f, uint16_t len)
{
	f->ip = (struct rte_ipv4_hdr){
		.version_ihl = RTE_IPV4_VHL_DEF,
		.total_length = rte_cpu_to_be_16((uint16_t)(len - sizeof(f->eth))),
		.time_to_live = 64,
		.next_proto_id = IPPROTO_TCP,
		.src_addr = rte_cpu_to_be_32(RTE_IPV4(198U, 18, 0, 1)),
		.dst_addr = rte_cpu_to_be_32(RTE_IPV4(198U, 18, 0, 2)),
	};
	f->ip.hdr_checksum = rte_ipv4_cksum(&f->ip);
	f->tcp = (struct rte_tcp_hdr){
		.src_port = rte_cpu_to_be_16(5001),
		.dst_port = rte_cpu_to_be_16(5001),
		.data_off = sizeof(f->tcp) / 4 << 4,
		.tcp_flags = RTE_TCP_ACK_FLAG,
		.cksum = rte_ipv4_phdr_cksum(&f->ip, 0),
	};
}

void
bench_frame_fill(uint8_t *frame, uint16_t len, uint16_t mss)
{
	uint16_t i = bench_frame_head(mss);

	memset(frame, 0, i);
	if (mss > 0)
		frame_headers((struct bench_tso_frame *)frame, len);
	for (; i < len; i++)
		frame[i] = frame_pattern(i);
}

static bool
frame_end_intact(const uint8_t *end, uint32_t at)
{
	uint8_t wrong = 0;
	unsigned int i;

	for (i = 0; i < FRAME_END; i++)
		wrong |= end[i] ^ frame_pattern((uint16_t)(at + i));
	return wrong == 0;
}

bool
bench_bytes_intact(const uint8_t *frame, uint16_t len, bool whole)
{
	uint16_t at;

	if (!whole)
		return frame_end_intact(frame + len - FRAME_END, len - FRAME_END);
	for (at = bench_frame_head(0); at < len; at++)
		if (frame[at] != frame_pattern(at))
			return false;
	return true;
}

bool
bench_frame_intact(const struct rte_mbuf *m, uint16_t mss, bool whole)
{
	uint32_t at = whole ? bench_frame_head(mss) : m->pkt_len - FRAME_END, end = 0, start;

	if (!whole && m->nb_segs == 1)
		return frame_end_intact(rte_pktmbuf_mtod_offset(m, const uint8_t *, at), at);
	for (; m != NULL; m = m->next) {
		const uint8_t *data = rte_pktmbuf_mtod(m, const uint8_t *);

		start = end;
		end += m->data_len;
		for (; at < end; at++)
			if (data[at - start] != frame_pattern((uint16_t)at))
				return false;
	}
	return true;
}

/* Numbers from the old next up to a new one leave the window. */
static void
seen_advance(struct bench_seen *s, uint64_t next)
{
	uint64_t n = next - s->next;

	if (n >= BENCH_WINDOW)
		memset(s->window, 0, sizeof(s->window));
	else
		for (; n > 0; n--, s->next++)
			s->window[s->next % BENCH_WINDOW / 64] &= ~(UINT64_C(1) << s->next % 64);
	s->next = next;
}

void
bench_seen_note(struct bench_seen *s, uint64_t number)
{
	uint64_t *word = &s->window[number % BENCH_WINDOW / 64], bit = UINT64_C(1) << number % 64;

	if (number >= s->next) {
		seen_advance(s, number + 1);
	} else if (s->next - number > BENCH_WINDOW) {
		s->reordered++; /* too late to know more */
		s->received++;
		return;
	} else if ((*word & bit) != 0) {
		s->duplicates++;
		return;
	} else {
		s->reordered++;
	}
	*word |= bit;
	s->received++;
}

void
bench_seen_skip(struct bench_seen *s, uint64_t next)
{
	if (next > s->next)
		seen_advance(s, next);
}

uint64_t
bench_seen_lost(const struct bench_seen *s, uint64_t sent)
{
	return sent > s->received ? sent - s->received : 0;
}
