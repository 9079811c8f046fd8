/* SPDX-License-Identifier: BSD-3-Clause */
/* Life of a NIC: create, destroy. */
#include <errno.h>

#include <rte_malloc.h>

#include "base/err.h"
#include "nic.h"
#include "nic_pci.h"

static int
nic_make_config(struct nic *nic)
{
	if (nic->model->pci == NULL)
		return 0;
	nic->config = rte_zmalloc("nic_config", sizeof(*nic->config), 0);
	if (nic->config == NULL)
		return -ENOMEM;
	nic_config_reset(nic);
	return 0;
}

void
nic_config_reset(struct nic *nic)
{
	nic_pci_config_reset(nic->config, nic->model->pci, nic->conf.rom_len);
	if (nic->conf.revision != 0)
		nic->config->space[NIC_PCI_REVISION] = nic->conf.revision;
}

struct nic *
nic_create(const struct nic_model *model, const struct nic_conf *conf, const struct gmem *mem,
	const struct nic_irq_ops *irq, void *irq_ctx)
{
	struct nic *nic;
	int ret;

	if (conf->n_queues == 0 || conf->n_queues > model->max_queues)
		return err_null(EINVAL);
	nic = rte_zmalloc("nic", sizeof(*nic), RTE_CACHE_LINE_SIZE);
	if (nic == NULL)
		return err_null(ENOMEM);
	nic->model = model;
	nic->conf = *conf;
	nic->mem = mem;
	nic->irq = irq;
	nic->irq_ctx = irq_ctx;
	nic->state = rte_zmalloc("nic_state", model->state_size, RTE_CACHE_LINE_SIZE);
	if (nic->state == NULL) {
		ret = -ENOMEM;
		goto free_nic;
	}
	ret = nic_make_config(nic);
	if (ret < 0)
		goto free_state;
	ret = model->init(nic);
	if (ret < 0)
		goto free_config;
	return nic;

free_config:
	rte_free(nic->config);
free_state:
	rte_free(nic->state);
free_nic:
	rte_free(nic);
	return err_null(-ret);
}

void
nic_destroy(struct nic *nic)
{
	if (nic == NULL)
		return;
	nic->model->fini(nic);
	rte_free(nic->config);
	rte_free(nic->state);
	rte_free(nic);
}
