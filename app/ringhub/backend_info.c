/* SPDX-License-Identifier: BSD-3-Clause */
/* What backends say of themselves: one row a PMD of ours. */
#include <errno.h>

#include <rte_common.h>

#include "backend.h"
#include "net/slirp/pmd_slirp.h"
#include "net/sock/pmd_sock.h"
#include "net/tapio/pmd_tapio.h"
#include "net/vde/pmd_vde.h"

static const struct {
	int (*summary)(uint16_t port_id, char *text, size_t len);
	const char *(*stat_reason)(const char *xstat);
} backend_pmds[] = {
	{ pmd_slirp_summary, pmd_slirp_stat_reason },
	{ pmd_tapio_summary, pmd_tapio_stat_reason },
	{ pmd_vde_summary, pmd_vde_stat_reason },
	{ pmd_sock_summary, pmd_sock_stat_reason },
};

int
backend_summary(uint16_t port_id, char *text, size_t len)
{
	size_t i;

	for (i = 0; i < RTE_DIM(backend_pmds); i++)
		if (backend_pmds[i].summary(port_id, text, len) == 0)
			return 0;
	return -ENODEV;
}

const char *
backend_stat_reason(const char *xstat)
{
	const char *reason = NULL;
	size_t i;

	for (i = 0; i < RTE_DIM(backend_pmds) && reason == NULL; i++)
		reason = backend_pmds[i].stat_reason(xstat);
	return reason;
}
