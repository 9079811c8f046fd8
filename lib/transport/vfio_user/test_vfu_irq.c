/* SPDX-License-Identifier: BSD-3-Clause */
/* Interrupts: INTx as a level with automask and both ways to unmask, MSI-X, MSI. */
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "test_vfu.h"

static int
t_set_irqs(int sock, uint32_t flags, uint32_t index, uint32_t start, uint32_t count)
{
	struct vfu_irq_set set = { sizeof(set), flags, index, start, count };
	struct test_reply r;

	return t_ask(sock, VFU_DEVICE_SET_IRQS, &set, sizeof(set), &r);
}

#define UNMASK	(VFU_SET_DATA_NONE | VFU_SET_ACTION_UNMASK)
#define MASK	(VFU_SET_DATA_NONE | VFU_SET_ACTION_MASK)
#define DISABLE (VFU_SET_DATA_NONE | VFU_SET_ACTION_TRIGGER)

static void
t_raise(const struct test_port *p, uint16_t vec)
{
	vfu_irq_ops.raise(p->tr, vec);
}

static void
t_lower(const struct test_port *p)
{
	vfu_irq_ops.lower(p->tr, 0);
}

static void
test_intx(void)
{
	struct test_port p;
	int sock, fd, other;

	t_open(&p, "a", false);
	sock = t_client(&p);
	fd = t_irq_fd(sock, VFU_IRQ_INTX, 0);
	CU_ASSERT_FALSE(t_fired(fd, 0));
	t_raise(&p, 0);
	CU_ASSERT_TRUE(t_fired(fd, 0));
	/* It masked itself: up or down, nothing more comes. */
	t_raise(&p, 0);
	t_lower(&p);
	t_raise(&p, 0);
	CU_ASSERT_FALSE(t_fired(fd, 0));
	/* The cause is another one than that which the client was told of: it comes at once. */
	CU_ASSERT_EQUAL(t_set_irqs(sock, UNMASK, VFU_IRQ_INTX, 0, 1), 0);
	CU_ASSERT_TRUE(t_fired(fd, 0));
	t_lower(&p);
	CU_ASSERT_EQUAL(t_set_irqs(sock, UNMASK, VFU_IRQ_INTX, 0, 1), 0);
	CU_ASSERT_FALSE(t_fired(fd, 0));
	/* Masked by hand. */
	CU_ASSERT_EQUAL(t_set_irqs(sock, MASK, VFU_IRQ_INTX, 0, 1), 0);
	t_raise(&p, 0);
	CU_ASSERT_FALSE(t_fired(fd, 0));
	/* A new descriptor hears of a line that is up; the old one hears nothing any more. */
	CU_ASSERT_EQUAL(t_set_irqs(sock, DISABLE, VFU_IRQ_INTX, 0, 0), 0);
	t_raise(&p, 0);
	CU_ASSERT_FALSE(t_fired(fd, 0));
	other = t_irq_fd(sock, VFU_IRQ_INTX, 0);
	CU_ASSERT_TRUE(t_fired(other, 0));
	CU_ASSERT_FALSE(t_fired(fd, 0));
	close(other);
	close(fd);
	close(sock);
	t_close(&p);
}

/* Told of a line that the client then leaves up: it is told again, but has time to clear it. */
static void
test_intx_later(void)
{
	struct test_port p;
	int sock, fd, i;

	t_open(&p, "a", false);
	sock = t_client(&p);
	fd = t_irq_fd(sock, VFU_IRQ_INTX, 0);
	t_raise(&p, 0);
	CU_ASSERT_TRUE(t_fired(fd, 0));
	for (i = 0; i < 20; i++) {
		CU_ASSERT_EQUAL(t_set_irqs(sock, UNMASK, VFU_IRQ_INTX, 0, 1), 0);
		CU_ASSERT_TRUE(t_fired(fd, 5000));
	}
	/* Cleared in time, unless this thread was away: that was all, and it is unmasked. */
	for (i = 0; i < 100; i++) {
		CU_ASSERT_EQUAL(t_set_irqs(sock, UNMASK, VFU_IRQ_INTX, 0, 1), 0);
		t_lower(&p);
		if (!t_fired(fd, 2))
			break;
		CU_ASSERT_EQUAL(t_set_irqs(sock, UNMASK, VFU_IRQ_INTX, 0, 1), 0);
		t_raise(&p, 0);
		CU_ASSERT_TRUE(t_fired(fd, 0));
	}
	CU_ASSERT_NOT_EQUAL(i, 100);
	t_raise(&p, 0);
	CU_ASSERT_TRUE(t_fired(fd, 0));
	/* Masked by hand meanwhile: it waits for the next unmasking. */
	CU_ASSERT_EQUAL(t_set_irqs(sock, UNMASK, VFU_IRQ_INTX, 0, 1), 0);
	CU_ASSERT_EQUAL(t_set_irqs(sock, MASK, VFU_IRQ_INTX, 0, 1), 0);
	(void)t_fired(fd, 0);
	CU_ASSERT_FALSE(t_fired(fd, 20));
	close(fd);
	close(sock);
	t_close(&p);
}

/* KVM hosts hand over a descriptor that says "the guest has seen it". */
static void
test_resample(void)
{
	struct vfu_irq_set set = { sizeof(set), VFU_SET_DATA_EVENTFD | VFU_SET_ACTION_UNMASK,
		VFU_IRQ_INTX, 0, 1 };
	const struct vfu_counters *count;
	struct test_port p;
	int sock, fd, resample = eventfd(0, EFD_CLOEXEC), i;

	t_open(&p, "a", false);
	count = vfu_transport_ops.counters(p.tr);
	sock = t_client(&p);
	fd = t_irq_fd(sock, VFU_IRQ_INTX, 0);
	CU_ASSERT_EQUAL(T_ASK_FDS(sock, VFU_DEVICE_SET_IRQS, &set, sizeof(set), &resample, 1), 0);
	t_raise(&p, 0);
	CU_ASSERT_TRUE(t_fired(fd, 0));
	for (i = 0; i < 50; i++) {
		CU_ASSERT_EQUAL(eventfd_write(resample, 1), 0);
		CU_ASSERT_TRUE(t_fired(fd, 5000)); /* still up */
	}
	CU_ASSERT_EQUAL(count->unmasks, 50);
	t_lower(&p);
	CU_ASSERT_EQUAL(eventfd_write(resample, 1), 0);
	CU_ASSERT_FALSE(t_fired(fd, 50));
	t_raise(&p, 0);
	CU_ASSERT_TRUE(t_fired(fd, 0));
	/* Without descriptors it is taken back. */
	CU_ASSERT_EQUAL(T_ASK_FDS(sock, VFU_DEVICE_SET_IRQS, &set, sizeof(set), NULL, 0), 0);
	CU_ASSERT_EQUAL(eventfd_write(resample, 1), 0);
	CU_ASSERT_FALSE(t_fired(fd, 50));
	close(resample);
	close(fd);
	close(sock);
	t_close(&p);
}

static void
test_msix(void)
{
	struct vfu_irq_set set = { sizeof(set), VFU_SET_DATA_EVENTFD | VFU_SET_ACTION_TRIGGER,
		VFU_IRQ_MSIX, 0, T_MSIX };
	struct vfu_irq_set fire = { sizeof(fire), VFU_SET_DATA_BOOL | VFU_SET_ACTION_TRIGGER,
		VFU_IRQ_MSIX, 0, T_MSIX };
	uint8_t some[sizeof(fire) + T_MSIX] = { 0 };
	struct test_port p;
	struct test_reply r;
	int sock, fd[T_MSIX], i;

	t_open(&p, "a", false);
	sock = t_client(&p);
	for (i = 0; i < T_MSIX; i++)
		fd[i] = eventfd(0, EFD_CLOEXEC);
	CU_ASSERT_EQUAL(T_ASK_FDS(sock, VFU_DEVICE_SET_IRQS, &set, sizeof(set), fd, T_MSIX), 0);
	for (i = 0; i < T_MSIX; i++) {
		t_raise(&p, (uint16_t)(VFU_SLOT_MSIX + i));
		CU_ASSERT_TRUE(t_fired(fd[i], 0));
		CU_ASSERT_FALSE(t_fired(fd[(i + 1) % T_MSIX], 0));
		t_raise(&p, (uint16_t)(VFU_SLOT_MSIX + i)); /* edges: each counts */
		CU_ASSERT_TRUE(t_fired(fd[i], 0));
	}
	t_raise(&p, VFU_SLOT_MSIX + T_MSIX); /* no such vector */
	/* The client tries them itself. */
	memcpy(some, &fire, sizeof(fire));
	some[sizeof(fire) + 2] = 1;
	CU_ASSERT_EQUAL(t_ask(sock, VFU_DEVICE_SET_IRQS, some, sizeof(some), &r), 0);
	for (i = 0; i < T_MSIX; i++)
		CU_ASSERT_EQUAL(t_fired(fd[i], 0), i == 2);
	/* One taken away: the others stay. */
	set.start = 1;
	set.count = 1;
	CU_ASSERT_EQUAL(T_ASK_FDS(sock, VFU_DEVICE_SET_IRQS, &set, sizeof(set), NULL, 0), 0);
	for (i = 0; i < T_MSIX; i++) {
		t_raise(&p, (uint16_t)(VFU_SLOT_MSIX + i));
		CU_ASSERT_EQUAL(t_fired(fd[i], 0), i != 1);
	}
	CU_ASSERT_EQUAL(t_set_irqs(sock, DISABLE, VFU_IRQ_MSIX, 0, 0), 0);
	t_raise(&p, VFU_SLOT_MSIX);
	CU_ASSERT_FALSE(t_fired(fd[0], 0));
	for (i = 0; i < T_MSIX; i++)
		close(fd[i]);
	close(sock);
	t_close(&p);
}

/* MSI messages have slots of their own; QEMU installs them all at once. */
static void
test_msi(void)
{
	struct vfu_irq_set set = { sizeof(set), VFU_SET_DATA_EVENTFD | VFU_SET_ACTION_TRIGGER,
		VFU_IRQ_MSI, 0, T_MSI };
	struct test_port p;
	int sock, fd[T_MSI], msix, i;

	t_open(&p, "a", false);
	sock = t_client(&p);
	msix = t_irq_fd(sock, VFU_IRQ_MSIX, 0);
	for (i = 0; i < T_MSI; i++)
		fd[i] = eventfd(0, EFD_CLOEXEC);
	CU_ASSERT_EQUAL(T_ASK_FDS(sock, VFU_DEVICE_SET_IRQS, &set, sizeof(set), fd, T_MSI), 0);
	for (i = 0; i < T_MSI; i++) {
		t_raise(&p, (uint16_t)(VFU_SLOT_MSI + i));
		CU_ASSERT_TRUE(t_fired(fd[i], 0));
		CU_ASSERT_FALSE(t_fired(fd[(i + 1) % T_MSI], 0));
		t_raise(&p, (uint16_t)(VFU_SLOT_MSI + i)); /* no mask between two */
		CU_ASSERT_TRUE(t_fired(fd[i], 0));
	}
	CU_ASSERT_FALSE(t_fired(msix, 0));
	t_raise(&p, VFU_SLOT_MSI + T_MSI); /* no such messages */
	t_raise(&p, VFU_SLOTS);
	t_raise(&p, UINT16_MAX);
	CU_ASSERT_EQUAL(t_set_irqs(sock, UNMASK, VFU_IRQ_MSI, 0, 1), EINVAL);
	CU_ASSERT_EQUAL(t_set_irqs(sock, DISABLE, VFU_IRQ_MSI, 0, T_MSI + 1), EINVAL);
	CU_ASSERT_EQUAL(t_set_irqs(sock, DISABLE, VFU_IRQ_MSI, 1, 1), 0); /* the client tries it */
	CU_ASSERT_TRUE(t_fired(fd[1], 0));
	CU_ASSERT_EQUAL(t_set_irqs(sock, DISABLE, VFU_IRQ_MSI, 0, 0), 0);
	for (i = 0; i < T_MSI; i++) {
		t_raise(&p, (uint16_t)(VFU_SLOT_MSI + i));
		CU_ASSERT_FALSE(t_fired(fd[i], 0));
		close(fd[i]);
	}
	close(msix);
	close(sock);
	t_close(&p);
}

static void
test_bad_sets(void)
{
	struct vfu_irq_set set = { sizeof(set), VFU_SET_DATA_EVENTFD | VFU_SET_ACTION_TRIGGER,
		VFU_IRQ_MSIX, 0, 2 };
	struct test_port p;
	int sock, pipes[2], fd[2];

	t_open(&p, "a", false);
	sock = t_client(&p);
	CU_ASSERT_EQUAL(t_set_irqs(sock, 0, VFU_IRQ_INTX, 0, 1), EINVAL);
	CU_ASSERT_EQUAL(t_set_irqs(sock, VFU_SET_DATA | VFU_SET_ACTION_TRIGGER, 0, 0, 1), EINVAL);
	CU_ASSERT_EQUAL(t_set_irqs(sock, VFU_SET_DATA_NONE | VFU_SET_ACTION, 0, 0, 1), EINVAL);
	CU_ASSERT_EQUAL(t_set_irqs(sock, DISABLE | 0x40, 0, 0, 0), EINVAL);
	CU_ASSERT_EQUAL(t_set_irqs(sock, DISABLE, VFU_N_IRQS, 0, 0), EINVAL);
	CU_ASSERT_EQUAL(t_set_irqs(sock, DISABLE, VFU_IRQ_INTX, 1, 1), EINVAL);
	CU_ASSERT_EQUAL(t_set_irqs(sock, DISABLE, VFU_IRQ_MSIX, 3, 2), EINVAL);
	CU_ASSERT_EQUAL(t_set_irqs(sock, DISABLE, VFU_IRQ_MSIX, 1, UINT32_MAX), EINVAL);
	CU_ASSERT_EQUAL(t_set_irqs(sock, DISABLE, VFU_IRQ_ERR, 0, 1), EINVAL);
	CU_ASSERT_EQUAL(t_set_irqs(sock, UNMASK, VFU_IRQ_MSIX, 0, 1), EINVAL);
	CU_ASSERT_EQUAL(t_set_irqs(sock, UNMASK, VFU_IRQ_INTX, 0, 0), EINVAL);
	CU_ASSERT_EQUAL(t_set_irqs(sock, VFU_SET_DATA_BOOL | VFU_SET_ACTION_TRIGGER, VFU_IRQ_MSIX,
				0, 4),
		EINVAL); /* the bools are missing */
	/* What would block whoever writes to it is no eventfd. */
	CU_ASSERT_EQUAL_FATAL(pipe(pipes), 0);
	CU_ASSERT_EQUAL(T_ASK_FDS(sock, VFU_DEVICE_SET_IRQS, &set, sizeof(set), pipes, 2), EINVAL);
	fd[0] = eventfd(0, EFD_CLOEXEC);
	fd[1] = pipes[1];
	CU_ASSERT_EQUAL(T_ASK_FDS(sock, VFU_DEVICE_SET_IRQS, &set, sizeof(set), fd, 2), EINVAL);
	CU_ASSERT_EQUAL(T_ASK_FDS(sock, VFU_DEVICE_SET_IRQS, &set, sizeof(set), fd, 1), EINVAL);
	t_raise(&p, VFU_SLOT_MSIX);
	CU_ASSERT_FALSE(t_fired(fd[0], 0)); /* nothing was half done */
	close(fd[0]);
	close(pipes[0]);
	close(pipes[1]);
	close(sock);
	t_close(&p);
}

/* A full eventfd, in blocking mode as its owner made it, must not stop the lcore. */
static void
test_full(void)
{
	struct test_port p;
	int sock, fd;

	t_open(&p, "a", false);
	sock = t_client(&p);
	fd = t_irq_fd(sock, VFU_IRQ_MSIX, 0);
	CU_ASSERT_EQUAL(eventfd_write(fd, UINT64_MAX - 1), 0);
	t_raise(&p, VFU_SLOT_MSIX);
	CU_ASSERT_TRUE(t_fired(fd, 0));
	close(fd);
	close(sock);
	t_close(&p);
}

#define RAISES 200000

static void *
raiser(void *arg)
{
	struct test_port *p = arg;
	unsigned int i;

	for (i = 0; i < RAISES; i++) {
		t_raise(p, 0);
		if (i != RAISES - 1)
			t_lower(p);
	}
	return NULL;
}

/* An lcore moves the line while the client unmasks: the last level is not lost. */
static void
test_race(void)
{
	struct test_port p;
	pthread_t thread;
	int sock, fd, i;

	t_open(&p, "a", false);
	sock = t_client(&p);
	fd = t_irq_fd(sock, VFU_IRQ_INTX, 0);
	CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, raiser, &p), 0);
	for (i = 0; i < 500; i++) {
		t_fired(fd, 0);
		CU_ASSERT_EQUAL(t_set_irqs(sock, UNMASK, VFU_IRQ_INTX, 0, 1), 0);
	}
	pthread_join(thread, NULL);
	t_fired(fd, 0);
	CU_ASSERT_EQUAL(t_set_irqs(sock, UNMASK, VFU_IRQ_INTX, 0, 1), 0);
	CU_ASSERT_TRUE(t_fired(fd, 5000)); /* the thread left it up */
	close(fd);
	close(sock);
	t_close(&p);
}

void
test_vfu_irq_suite(void)
{
	CU_pSuite s = CU_add_suite("vfio_user_irq", NULL, NULL);

	CU_add_test(s, "INTx", test_intx);
	CU_add_test(s, "INTx left up is told later", test_intx_later);
	CU_add_test(s, "resample eventfd", test_resample);
	CU_add_test(s, "MSI-X", test_msix);
	CU_add_test(s, "MSI", test_msi);
	CU_add_test(s, "bad requests", test_bad_sets);
	CU_add_test(s, "full eventfd", test_full);
	CU_add_test(s, "race", test_race);
}
