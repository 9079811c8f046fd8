/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench_driver.h"

#include <string.h>

#include <rte_common.h>

#include "bench_frame.h"

static const struct bench_driver *const drivers[] = { &bench_driver_virtio, &bench_driver_packed,
	&bench_driver_e1000, &bench_driver_rtl8139 };

const struct bench_driver *
bench_driver_find(const char *model, bool packed)
{
	unsigned int i;

	for (i = 0; i < RTE_DIM(drivers); i++)
		if (strcmp(drivers[i]->model, model) == 0 && drivers[i]->packed == packed)
			return drivers[i];
	return NULL;
}

void *
bench_memory_take(struct bench_memory *m, uint64_t len)
{
	void *p = m->base + m->used;

	m->used += RTE_ALIGN_CEIL(len, 4096);
	return p;
}

void
bench_memory_fill(uint8_t *buf, uint16_t n, uint16_t offset)
{
	uint16_t i;

	for (i = 0; i < n; i++)
		bench_frame_fill(buf + (size_t)i * BENCH_DRIVER_STRIDE + offset, BENCH_FRAME_MAX,
			0);
}

uint64_t
bench_memory_gpa(const struct bench_memory *m, const void *p)
{
	return BENCH_DRIVER_GPA + (uint64_t)((const uint8_t *)p - m->base);
}
