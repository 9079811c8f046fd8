/* SPDX-License-Identifier: BSD-3-Clause */
/* Receive interrupts. */
#include "pmd_wake.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <ethdev_driver.h>
#include <rte_interrupts.h>

int
pmd_wake_describe(struct rte_eth_dev *dev, const int *fd, uint16_t n)
{
	struct rte_intr_handle *h = rte_intr_instance_alloc(RTE_INTR_INSTANCE_F_PRIVATE);
	uint16_t q;
	int ret;

	if (h == NULL)
		return -ENOMEM;
	ret = rte_intr_type_set(h, RTE_INTR_HANDLE_VDEV);
	if (ret == 0)
		ret = rte_intr_vec_list_alloc(h, NULL, n);
	if (ret == 0)
		ret = rte_intr_nb_efd_set(h, n);
	if (ret == 0)
		ret = rte_intr_max_intr_set(h, n + 1);
	/* 0 bytes: no application reads the descriptor. */
	if (ret == 0)
		ret = rte_intr_efd_counter_size_set(h, 0);
	for (q = 0; q < n && ret == 0; q++) {
		ret = rte_intr_vec_list_index_set(h, q, RTE_INTR_VEC_RXTX_OFFSET + q);
		if (ret == 0)
			ret = rte_intr_efds_index_set(h, q, fd[q]);
	}
	dev->intr_handle = h;
	if (ret != 0)
		pmd_wake_forget(dev);
	return ret == 0 ? 0 : -ENOMEM;
}

void
pmd_wake_forget(struct rte_eth_dev *dev)
{
	if (dev->intr_handle == NULL)
		return;
	rte_intr_vec_list_free(dev->intr_handle);
	rte_intr_instance_free(dev->intr_handle);
	dev->intr_handle = NULL;
}

int
pmd_wake_init(struct pmd_wake *w)
{
	*w = (struct pmd_wake){ .fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) };
	return w->fd < 0 ? -errno : 0;
}

void
pmd_wake_fini(struct pmd_wake *w)
{
	if (w->fd >= 0)
		close(w->fd);
	w->fd = -1;
}

void
pmd_wake_signal(struct pmd_wake *w)
{
	/* Of several frames that find it asleep, one wakes it. */
	if (__atomic_exchange_n(&w->armed, 0, __ATOMIC_ACQ_REL) != 0)
		eventfd_write(w->fd, 1);
}
