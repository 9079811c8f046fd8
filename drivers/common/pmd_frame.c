/* SPDX-License-Identifier: BSD-3-Clause */
/* mbufs out of bytes. */
#include "pmd_frame.h"

#include <string.h>

#include <rte_mbuf.h>

#define PMD_FRAME_MIN 60

/* One more segment at the end of first, or the first one; it frees first when there is none. */
static struct rte_mbuf *
pmd_frame_more(struct rte_mempool *pool, struct rte_mbuf *first)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(pool);

	if (m != NULL && (first == NULL || rte_pktmbuf_chain(first, m) == 0))
		return m;
	rte_pktmbuf_free(m);
	rte_pktmbuf_free(first);
	return NULL;
}

struct rte_mbuf *
pmd_frame_make(struct rte_mempool *pool, const uint8_t *p, size_t len)
{
	struct rte_mbuf *first = NULL, *m;

	while (len > 0) {
		uint16_t n;

		m = pmd_frame_more(pool, first);
		if (m == NULL)
			return NULL;
		first = first == NULL ? m : first;
		n = (uint16_t)RTE_MIN(len, rte_pktmbuf_tailroom(m));
		memcpy(rte_pktmbuf_mtod(m, void *), p, n);
		m->data_len = n;
		first->pkt_len += n;
		p += n;
		len -= n;
	}
	if (first != NULL && first->pkt_len < PMD_FRAME_MIN) {
		uint16_t pad = (uint16_t)(PMD_FRAME_MIN - first->pkt_len);

		memset(rte_pktmbuf_append(first, pad), 0, pad);
	}
	return first;
}
