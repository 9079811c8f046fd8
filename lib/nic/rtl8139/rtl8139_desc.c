/* SPDX-License-Identifier: BSD-3-Clause */
/* Reading and handing back C+ descriptors in guest memory. */
#include "rtl8139_desc.h"

#include <errno.h>
#include <stddef.h>

#include "gmem/gmem.h"
#include "nic/nic.h"

/* Where the descriptor is; NULL when it is not all there, or cannot be accessed by dwords. */
static struct rtl8139_desc *
rtl8139_desc_ptr(const struct nic *nic, uint64_t gpa)
{
	const struct gmem_region *hint = NULL;
	uint64_t run;
	uint8_t *p = gmem_ptr(nic->mem->map, gpa, &hint, &run);

	if (p == NULL || run < sizeof(struct rtl8139_desc) ||
		(uintptr_t)p % sizeof(rte_le32_t) != 0)
		return NULL;
	return (struct rtl8139_desc *)p;
}

static uint32_t
rtl8139_desc_field(const rte_le32_t *field, int order)
{
	return rte_le_to_cpu_32(__atomic_load_n(field, order));
}

int
rtl8139_desc_load(const struct nic *nic, uint64_t gpa, struct rtl8139_desc_copy *d)
{
	const struct rtl8139_desc *p = rtl8139_desc_ptr(nic, gpa);

	if (p == NULL)
		return -EFAULT;
	d->dw0 = rtl8139_desc_field(&p->dw0, __ATOMIC_ACQUIRE);
	d->dw1 = rtl8139_desc_field(&p->dw1, __ATOMIC_RELAXED);
	d->addr = rtl8139_desc_field(&p->addr_lo, __ATOMIC_RELAXED);
	d->addr |= (uint64_t)rtl8139_desc_field(&p->addr_hi, __ATOMIC_RELAXED) << 32;
	return 0;
}

static int
rtl8139_desc_store(const struct nic *nic, uint64_t gpa, size_t offset, uint32_t val)
{
	struct rtl8139_desc *p = rtl8139_desc_ptr(nic, gpa);

	if (p == NULL)
		return -EFAULT;
	__atomic_store_n((rte_le32_t *)((uint8_t *)p + offset), rte_cpu_to_le_32(val),
		__ATOMIC_RELEASE);
	if (nic->mem->log != NULL)
		gmem_log_dirty(nic->mem, gpa, sizeof(*p));
	return 0;
}

int
rtl8139_desc_store_dw0(const struct nic *nic, uint64_t gpa, uint32_t dw0)
{
	return rtl8139_desc_store(nic, gpa, offsetof(struct rtl8139_desc, dw0), dw0);
}

int
rtl8139_desc_store_dw1(const struct nic *nic, uint64_t gpa, uint32_t dw1)
{
	return rtl8139_desc_store(nic, gpa, offsetof(struct rtl8139_desc, dw1), dw1);
}
