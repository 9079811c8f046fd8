/* SPDX-License-Identifier: BSD-3-Clause */
/* Functions of pmd_tapio.h. */
#include "pmd_tapio.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tapio_pmd.h"

int
pmd_tapio_summary(uint16_t port_id, char *text, size_t len)
{
	struct tapio_port *port = tapio_port_of(port_id);
	const struct tapio_args *a;

	if (port == NULL)
		return -ENODEV;
	a = &port->args;
	if (a->bridge)
		snprintf(text, len, "helper=%s,br=%s", a->helper, a->br);
	else if (a->way == TAPIO_BY_HELPER)
		snprintf(text, len, "helper=%s", a->helper);
	else if (a->way == TAPIO_BY_FD)
		snprintf(text, len, "fd=%d", a->fd_list[0]);
	else {
		pthread_mutex_lock(&port->lock);
		snprintf(text, len, "ifname=%s,script=%s,downscript=%s", port->ifname, a->script,
			a->downscript);
		pthread_mutex_unlock(&port->lock);
	}
	return 0;
}

const char *
pmd_tapio_stat_reason(const char *xstat)
{
	size_t i;

	for (i = 0; i < RTE_DIM(tapio_port_stats); i++)
		if (strcmp(tapio_port_stats[i].name, xstat) == 0)
			return tapio_port_stats[i].reason;
	/* Those of a queue: "tap_q0_tx_down". */
	if (strncmp(xstat, "tap_q", strlen("tap_q")) != 0)
		return NULL;
	xstat += strlen("tap_q");
	xstat += strspn(xstat, "0123456789");
	for (i = 0; i < RTE_DIM(tapio_stats); i++)
		if (*xstat == '_' && strcmp(tapio_stats[i].name, xstat + 1) == 0)
			return tapio_stats[i].reason;
	return NULL;
}
