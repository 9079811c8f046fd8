/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench_frame.h"

#include <string.h>

static uint8_t
frame_pattern(uint16_t at)
{
	return (uint8_t)(at * 7 + (at >> 8));
}

void
bench_frame_fill(uint8_t *frame, uint16_t len)
{
	uint16_t i;

	memset(frame, 0, sizeof(struct bench_frame));
	for (i = sizeof(struct bench_frame); i < len; i++)
		frame[i] = frame_pattern(i);
}

bool
bench_frame_intact(const uint8_t *frame, uint16_t len, bool whole)
{
	uint16_t i = whole ? (uint16_t)sizeof(struct bench_frame) : (uint16_t)(len - 8);

	for (; i < len; i++)
		if (frame[i] != frame_pattern(i))
			return false;
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
