/* SPDX-License-Identifier: BSD-3-Clause */
/* Complete forms of frames. */
#include "hub_made.h"

#include <errno.h>

#include <rte_mbuf.h>

static int
hub_make(const struct rte_mbuf *m, struct rte_mempool *pool, struct rte_mbuf **out)
{
	int ret;

	if (m->ol_flags & RTE_MBUF_F_TX_TCP_SEG)
		return offload_segment_tcp(m, pool, out);
	out[0] = offload_copy(m, pool);
	if (out[0] == NULL)
		return -ENOMEM;
	ret = offload_finish_cksum(out[0]);
	if (ret < 0) {
		rte_pktmbuf_free(out[0]);
		return ret;
	}
	return 1;
}

const struct hub_form *
hub_made_form(struct hub_made *made, const struct rte_mbuf *m, const struct hub_target *t)
{
	struct hub_form *form;
	uint16_t i;

	for (i = 0; i < made->n; i++)
		if (made->form[i].of == m)
			return &made->form[i];
	form = &made->form[made->n++];
	form->of = m;
	form->n = hub_make(m, t->to->pool, form->frame);
	if (form->n > 0)
		__atomic_fetch_add(&t->to->count[t->queue].copies, (uint64_t)form->n,
			__ATOMIC_RELAXED);
	return form;
}

void
hub_made_release(struct hub_made *made)
{
	uint16_t i;

	for (i = 0; i < made->n; i++)
		if (made->form[i].n > 0)
			rte_pktmbuf_free_bulk(made->form[i].frame, (unsigned int)made->form[i].n);
	made->n = 0;
}
