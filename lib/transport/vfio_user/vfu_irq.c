/* SPDX-License-Identifier: BSD-3-Clause */
/* Interrupts: eventfds of the client, INTx with mask and unmask, MSI and MSI-X. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <rte_common.h>
#include <rte_cycles.h>

#include "base/log.h"
#include "base/stats.h"
#include "vfu.h"
#include "vfu_trace.h"

LOG_REGISTER("transport.vfu");

/*
 * The INTx line. It fires when it becomes asserted and unmasked, and masks itself by that: so
 * ASSERTED without MASKED is only there while nobody listens.
 *
 * Without KVM, QEMU unmasks at the driver's first access after an interrupt, which is the one by which
 * the driver asks for the cause: the line still is up, and would fire once more for what the driver is
 * about to clear. So what the client was TOLD of, it is told again only LATER: the unmasking waits until
 * the line falls, or for so long.
 */
#define VFU_INTX_ASSERTED BIT32(0)
#define VFU_INTX_MASKED	  BIT32(1)
#define VFU_INTX_TOLD	  BIT32(2)
#define VFU_INTX_LATER	  BIT32(3)
#define VFU_INTX_LATER_US 300
#define VFU_INTX_UP	  (VFU_INTX_ASSERTED | VFU_INTX_MASKED)
/* What ends the masking, whoever asked for it. */
#define VFU_INTX_UNMASK (VFU_INTX_MASKED | VFU_INTX_LATER)

/* Any thread. A slot always is an eventfd that never blocks. */
static void
vfu_irq_fire(struct vfu_transport *t, unsigned int slot)
{
	const uint64_t one = 1;

	if (write(t->slot[slot], &one, sizeof(one)) == sizeof(one))
		__atomic_fetch_add(&t->count.irqs, 1, __ATOMIC_RELAXED);
}

/* Clear and then set bits of the line; fire if that left it asserted and not masked. Any thread. */
static void
vfu_irq_intx(struct vfu_transport *t, uint32_t clear, uint32_t set)
{
	uint32_t old = __atomic_load_n(&t->intx, __ATOMIC_RELAXED), line;
	bool fire;

	do {
		line = (old & ~clear) | set;
		if (!(line & VFU_INTX_ASSERTED)) {
			line &= ~VFU_INTX_TOLD;
			if (line & VFU_INTX_LATER)
				line = 0;
		}
		fire = (line & VFU_INTX_UP) == VFU_INTX_ASSERTED;
		if (fire)
			line |= VFU_INTX_MASKED | VFU_INTX_TOLD;
	} while (!__atomic_compare_exchange_n(&t->intx, &old, line, false, __ATOMIC_SEQ_CST,
		__ATOMIC_RELAXED));
	if (fire)
		vfu_irq_fire(t, VFU_SLOT_INTX);
}

static void
vfu_irq_raise(void *ctx, uint16_t vec)
{
	struct vfu_transport *t = ctx;

	if (vec == VFU_SLOT_INTX)
		vfu_irq_intx(t, 0, VFU_INTX_ASSERTED);
	else if (vec < VFU_SLOTS && t->slot[vec] >= 0)
		vfu_irq_fire(t, vec);
}

static void
vfu_irq_lower(void *ctx, uint16_t vec)
{
	if (vec == VFU_SLOT_INTX)
		vfu_irq_intx(ctx, VFU_INTX_ASSERTED, 0);
}

/* Put the descriptor of nobody into the slot, at the same number. That needs no new one. */
static int
vfu_irq_clear_slot(struct vfu_transport *t, unsigned int slot)
{
	return dup3(t->nobody, t->slot[slot], O_CLOEXEC) < 0 ? -errno : 0;
}

/* Interrupts of one kind, and the slot of the first of them. */
static uint32_t
vfu_irq_count(const struct vfu_transport *t, uint32_t index, unsigned int *first)
{
	const struct {
		unsigned int first;
		uint32_t n;
	} kinds[VFU_N_IRQS] = {
		[VFU_IRQ_INTX] = { VFU_SLOT_INTX, t->pci->int_pin != 0 },
		[VFU_IRQ_MSI] = { VFU_SLOT_MSI, t->pci->n_msi },
		[VFU_IRQ_MSIX] = { VFU_SLOT_MSIX, t->pci->n_msix },
	};

	*first = kinds[index].first;
	return kinds[index].n;
}

int
vfu_irq_init(struct vfu_transport *t)
{
	unsigned int i, first;
	uint32_t index, n;

	for (i = 0; i < VFU_SLOTS; i++)
		t->slot[i] = -1;
	t->nobody = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (t->nobody < 0)
		return -errno;
	for (index = 0; index < VFU_N_IRQS; index++) {
		n = vfu_irq_count(t, index, &first);
		for (i = first; i < first + n; i++) {
			t->slot[i] = fcntl(t->nobody, F_DUPFD_CLOEXEC, 0);
			if (t->slot[i] < 0)
				return -errno;
		}
	}
	return 0;
}

void
vfu_irq_fini(struct vfu_transport *t)
{
	unsigned int i;

	if (t->nobody < 0)
		return;
	for (i = 0; i < VFU_SLOTS; i++)
		if (t->slot[i] >= 0)
			close(t->slot[i]);
	close(t->nobody);
}

/* Forget the client's resample eventfd. */
static void
vfu_irq_drop_unmask(struct vfu_transport *t)
{
	if (t->unmask.fd < 0)
		return;
	vfu_loop_unwatch(&t->unmask);
	close(t->unmask.fd);
	t->unmask.fd = -1;
}

void
vfu_irq_clear(struct vfu_transport *t)
{
	unsigned int i;

	vfu_irq_drop_unmask(t);
	for (i = 0; i < VFU_SLOTS; i++)
		if (t->slot[i] >= 0)
			vfu_irq_clear_slot(t, i);
	vfu_irq_intx(t, VFU_INTX_UNMASK, 0);
}

int
vfu_irq_get_info(struct vfu_transport *t, struct vfu_message *m)
{
	struct vfu_irq_info info;
	unsigned int first;
	void *reply;

	memcpy(&info, m->body, sizeof(info));
	if (info.index >= VFU_N_IRQS)
		return -EINVAL;
	reply = vfu_sock_reply_room(t, sizeof(info));
	if (reply == NULL)
		return -ENOMEM;
	info.argsz = sizeof(info);
	info.count = vfu_irq_count(t, info.index, &first);
	info.flags = 0;
	if (info.index == VFU_IRQ_INTX && info.count > 0)
		info.flags = VFU_IRQ_F_EVENTFD | VFU_IRQ_F_MASKABLE | VFU_IRQ_F_AUTOMASKED;
	else if (info.count > 0)
		info.flags = VFU_IRQ_F_EVENTFD | VFU_IRQ_F_NORESIZE;
	memcpy(reply, &info, sizeof(info));
	return sizeof(info);
}

/*
 * Whether fd is an eventfd; and make it one that never blocks: D writes to it.
 * @return 0; -EINVAL.
 */
static int
vfu_irq_check_fd(int fd)
{
	char link[32], name[32];
	int flags = fcntl(fd, F_GETFL);
	ssize_t n;

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, name, sizeof(name) - 1);
	if (n < 0 || flags < 0)
		return -EINVAL;
	name[n] = '\0';
	if (strcmp(name, "anon_inode:[eventfd]") != 0)
		return -EINVAL;
	return fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ? -EINVAL : 0;
}

/* Install the client's eventfds from slot on; without any, nobody's. */
static int
vfu_irq_set_eventfds(struct vfu_transport *t, struct vfu_message *m, unsigned int slot, uint32_t n)
{
	uint32_t i;
	int ret = 0;

	if (m->n_fds != 0 && m->n_fds != n)
		return -EINVAL;
	for (i = 0; i < m->n_fds && ret == 0; i++)
		ret = vfu_irq_check_fd(m->fd[i]);
	for (i = 0; i < n && ret == 0; i++) {
		if (m->n_fds == 0)
			ret = vfu_irq_clear_slot(t, slot + i);
		else if (dup3(m->fd[i], t->slot[slot + i], O_CLOEXEC) < 0)
			ret = -errno;
	}
	/* A line that is up is told to whoever listens now. */
	if (ret == 0 && slot == VFU_SLOT_INTX)
		vfu_irq_intx(t, VFU_INTX_UNMASK, 0);
	return ret;
}

/* The client fires interrupts itself, to try them. */
static void
vfu_irq_trigger(struct vfu_transport *t, const struct vfu_message *m, unsigned int slot,
	const struct vfu_irq_set *r)
{
	const uint8_t *wanted = m->body + sizeof(*r);
	uint32_t i;

	for (i = 0; i < r->count; i++)
		if ((r->flags & VFU_SET_DATA_NONE) || wanted[i] != 0)
			vfu_irq_fire(t, slot + i);
}

static void
vfu_irq_disable(struct vfu_transport *t, unsigned int slot, uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		vfu_irq_clear_slot(t, slot + i);
	if (slot == VFU_SLOT_INTX)
		vfu_irq_intx(t, VFU_INTX_UNMASK, 0);
}

void
vfu_irq_unmask_ready(struct vfu_transport *t, uint32_t events)
{
	uint64_t n;

	if (read(t->unmask.fd, &n, sizeof(n)) != sizeof(n))
		return;
	stat_add(&t->count.unmasks, 1);
	vfu_trace_event(t->trace, "irq 0 unmask 0 1");
	vfu_irq_intx(t, VFU_INTX_UNMASK, 0);
}

/* Unmask when the client's eventfd says so, as KVM does for level interrupts. */
static int
vfu_irq_set_unmask(struct vfu_transport *t, struct vfu_message *m)
{
	int ret;

	vfu_irq_drop_unmask(t);
	if (m->n_fds == 0)
		return 0;
	if (m->n_fds != 1 || vfu_irq_check_fd(m->fd[0]) < 0)
		return -EINVAL;
	t->unmask.fd = m->fd[0];
	ret = vfu_loop_watch(&t->unmask, EPOLLIN);
	if (ret < 0) {
		t->unmask.fd = -1;
		return ret;
	}
	m->fd[0] = -1;
	return 0;
}

/* The client unmasks by a message: now, or when it has had the time to clear what it was told of. */
static void
vfu_irq_unmask(struct vfu_transport *t)
{
	if (!(__atomic_load_n(&t->intx, __ATOMIC_SEQ_CST) & VFU_INTX_TOLD)) {
		vfu_irq_intx(t, VFU_INTX_UNMASK, 0);
		return;
	}
	t->intx_later = rte_get_tsc_cycles() + rte_get_tsc_hz() / US_PER_S * VFU_INTX_LATER_US;
	vfu_irq_intx(t, 0, VFU_INTX_LATER);
}

bool
vfu_irq_later(struct vfu_transport *t, uint64_t now)
{
	if (!(__atomic_load_n(&t->intx, __ATOMIC_RELAXED) & VFU_INTX_LATER))
		return false;
	if (now < t->intx_later)
		return true;
	vfu_irq_intx(t, VFU_INTX_UNMASK, 0);
	return false;
}

/* MASK and UNMASK, of INTx only. */
static int
vfu_irq_set_mask(struct vfu_transport *t, struct vfu_message *m, const struct vfu_irq_set *r)
{
	bool unmask = r->flags & VFU_SET_ACTION_UNMASK;

	if (r->index != VFU_IRQ_INTX || r->count != 1)
		return -EINVAL;
	if (r->flags & VFU_SET_DATA_EVENTFD)
		return unmask ? vfu_irq_set_unmask(t, m) : -EINVAL;
	if ((r->flags & VFU_SET_DATA_BOOL) && m->body[sizeof(*r)] == 0)
		return 0;
	stat_add(&t->count.unmasks, unmask);
	if (unmask)
		vfu_irq_unmask(t);
	else
		vfu_irq_intx(t, VFU_INTX_LATER, VFU_INTX_MASKED);
	return 0;
}

/* Whether the request is one of those that exist. */
static int
vfu_irq_check(const struct vfu_message *m, const struct vfu_irq_set *r, uint32_t n)
{
	uint32_t data = r->flags & VFU_SET_DATA, action = r->flags & VFU_SET_ACTION;

	if (r->flags & ~(VFU_SET_DATA | VFU_SET_ACTION) || data == 0 || (data & (data - 1)) != 0 ||
		action == 0 || (action & (action - 1)) != 0)
		return -EINVAL;
	if (r->start > n || r->count > n - r->start)
		return -EINVAL;
	if ((data & VFU_SET_DATA_BOOL) && m->len < sizeof(*r) + r->count)
		return -EINVAL;
	if (m->n_fds > 0 && !(data & VFU_SET_DATA_EVENTFD))
		return -EINVAL;
	if (r->count == 0 && !(data & VFU_SET_DATA_NONE && action & VFU_SET_ACTION_TRIGGER))
		return -EINVAL;
	return 0;
}

/* Do what was asked; first, n: the slots of that kind of interrupt. */
static int
vfu_irq_do(struct vfu_transport *t, struct vfu_message *m, const struct vfu_irq_set *r,
	unsigned int first, uint32_t n)
{
	if (!(r->flags & VFU_SET_ACTION_TRIGGER))
		return vfu_irq_set_mask(t, m, r);
	if (r->count == 0)
		vfu_irq_disable(t, first, n);
	else if (r->flags & VFU_SET_DATA_EVENTFD)
		return vfu_irq_set_eventfds(t, m, first + r->start, r->count);
	else
		vfu_irq_trigger(t, m, first + r->start, r);
	return 0;
}

int
vfu_irq_set(struct vfu_transport *t, struct vfu_message *m)
{
	struct vfu_irq_set r;
	unsigned int first;
	uint32_t n;
	int ret;

	memcpy(&r, m->body, sizeof(r));
	if (r.index >= VFU_N_IRQS)
		return -EINVAL;
	n = vfu_irq_count(t, r.index, &first);
	ret = vfu_irq_check(m, &r, n);
	if (ret == 0)
		ret = vfu_irq_do(t, m, &r, first, n);
	if (ret == 0)
		vfu_trace_irq(t->trace, &r, m->n_fds);
	return ret;
}

const struct nic_irq_ops vfu_irq_ops = { vfu_irq_raise, vfu_irq_lower };
