/* SPDX-License-Identifier: BSD-3-Clause */
/* The table of guarded mappings, and the SIGBUS handler that reads it. */
#include "gmem_fault.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* One mapping. len is written last when it comes and first when it goes. */
struct gmem_guard {
	uintptr_t base;		  /* atomic */
	size_t len;		  /* atomic; 0: free */
	struct gmem_owner *owner; /* atomic */
};

static struct gmem_guard guards[GMEM_FAULT_MAX];
static unsigned int n_guards; /* atomic; all guards are among the first so many */
static pthread_mutex_t guards_lock = PTHREAD_MUTEX_INITIALIZER; /* of those who write */
static struct sigaction fault_before; /* what SIGBUS did before; const once installed */
static bool fault_installed;

/* The handler reads it on any thread: no model that would allocate it there. */
static __thread __attribute__((tls_model("initial-exec"))) struct gmem_owner *fault_expected;

/* Page sizes of files that may be behind a mapping, for one whose bounds are not known. */
static const size_t fault_pages[] = { 4096, 2u << 20, 1u << 30 };

int
gmem_fault_guard(void *base, size_t len, struct gmem_owner *owner)
{
	int id;

	pthread_mutex_lock(&guards_lock);
	for (id = 0; id < GMEM_FAULT_MAX; id++)
		if (__atomic_load_n(&guards[id].len, __ATOMIC_RELAXED) == 0)
			break;
	if (id == GMEM_FAULT_MAX) {
		pthread_mutex_unlock(&guards_lock);
		return -ENOSPC;
	}
	__atomic_store_n(&guards[id].owner, owner, __ATOMIC_RELAXED);
	__atomic_store_n(&guards[id].base, (uintptr_t)base, __ATOMIC_RELEASE);
	__atomic_store_n(&guards[id].len, len, __ATOMIC_SEQ_CST);
	if ((unsigned int)id >= n_guards)
		__atomic_store_n(&n_guards, (unsigned int)id + 1, __ATOMIC_SEQ_CST);
	pthread_mutex_unlock(&guards_lock);
	return id;
}

void
gmem_fault_unguard(int id)
{
	if (id < 0)
		return;
	pthread_mutex_lock(&guards_lock);
	__atomic_store_n(&guards[id].len, 0, __ATOMIC_SEQ_CST);
	__atomic_store_n(&guards[id].base, 0, __ATOMIC_SEQ_CST);
	pthread_mutex_unlock(&guards_lock);
}

void
gmem_fault_expect(struct gmem_owner *owner)
{
	__atomic_store_n(&fault_expected, owner, __ATOMIC_RELAXED);
}

/*
 * Copy the guard that addr lies in. One that changes while it is read is not that of addr (see the
 * header), and reads as none: its length is there only while its base is.
 */
static bool
fault_find(uintptr_t addr, struct gmem_guard *found)
{
	unsigned int i, n = __atomic_load_n(&n_guards, __ATOMIC_SEQ_CST);

	for (i = 0; i < n; i++) {
		found->len = __atomic_load_n(&guards[i].len, __ATOMIC_SEQ_CST);
		found->base = __atomic_load_n(&guards[i].base, __ATOMIC_SEQ_CST);
		found->owner = __atomic_load_n(&guards[i].owner, __ATOMIC_SEQ_CST);
		if (addr - found->base < found->len &&
			__atomic_load_n(&guards[i].len, __ATOMIC_SEQ_CST) == found->len)
			return true;
	}
	return false;
}

/* Zero pages in place of what is at base. By the bare call: it is made in a signal handler. */
static bool
fault_replace(uintptr_t base, size_t len)
{
	long at = syscall(SYS_mmap, base, len, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0L);

	return (uintptr_t)at == base;
}

/* Only the page, of whatever size it is: a part of a larger one cannot be replaced. */
static bool
fault_replace_page(uintptr_t addr)
{
	size_t i;

	for (i = 0; i < sizeof(fault_pages) / sizeof(fault_pages[0]); i++)
		if (fault_replace(addr & ~(fault_pages[i] - 1), fault_pages[i]))
			return true;
	return false;
}

/* Whether the fault was of guest memory, and is mended. Async-signal-safe. */
static bool
fault_mend(uintptr_t addr)
{
	struct gmem_guard guard;

	if (fault_find(addr, &guard)) {
		if (!fault_replace(guard.base, guard.len))
			return false;
	} else {
		guard.owner = __atomic_load_n(&fault_expected, __ATOMIC_RELAXED);
		if (guard.owner == NULL || !fault_replace_page(addr))
			return false;
	}
	__atomic_fetch_add(&guard.owner->faults, 1, __ATOMIC_RELEASE);
	if (guard.owner->sock >= 0)
		shutdown(guard.owner->sock, SHUT_RDWR);
	return true;
}

/* As if we were not there. */
static void
fault_chain(int sig, siginfo_t *info, void *context)
{
	if (fault_before.sa_flags & SA_SIGINFO) {
		fault_before.sa_sigaction(sig, info, context);
	} else if (fault_before.sa_handler != SIG_DFL && fault_before.sa_handler != SIG_IGN) {
		fault_before.sa_handler(sig);
	} else {
		signal(sig, SIG_DFL);
		raise(sig); /* takes effect when we return */
	}
}

static void
fault_handle(int sig, siginfo_t *info, void *context)
{
	int saved = errno;
	bool ours = info->si_code == BUS_ADRERR || info->si_code == BUS_MCEERR_AR;

	if (!ours || !fault_mend((uintptr_t)info->si_addr))
		fault_chain(sig, info, context);
	errno = saved;
}

int
gmem_fault_install(void)
{
	struct sigaction act = { .sa_flags = SA_SIGINFO, .sa_sigaction = fault_handle };

	if (fault_installed)
		return 0;
	sigemptyset(&act.sa_mask);
	if (sigaction(SIGBUS, NULL, &fault_before) < 0 || sigaction(SIGBUS, &act, NULL) < 0)
		return -errno;
	fault_installed = true;
	return 0;
}
