/* SPDX-License-Identifier: BSD-3-Clause */
/* Names and reasons of the vfio-user counters. */
#include "base/stats.h"
#include "vfu.h"

#define COUNTER(name, field, reason)                                                               \
	{                                                                                          \
		name, reason, offsetof(struct vfu_counters, field)                                 \
	}

/* clang-format off */
const struct stat_desc vfu_stats[VFU_N_STATS] = {
	COUNTER("messages", messages, "messages from the client"),
	COUNTER("posted", posted, "of these, writes for which the client waits for no reply"),
	COUNTER("region_reads", region_reads, "register reads that came as messages"),
	COUNTER("region_writes", region_writes, "register writes that came as messages"),
	COUNTER("config", config, "accesses to PCI config space"),
	COUNTER("doorbells", doorbells, "accesses to registers that the client could reach by its mapping: under TCG with an interrupt-driven driver use doorbells=trap"),
	COUNTER("dma_maps", dma_maps, "pieces of guest memory that were mapped"),
	COUNTER("dma_unmaps", dma_unmaps, "pieces of guest memory that were unmapped"),
	COUNTER("bad_messages", bad_messages, "messages answered with an error: client fault"),
	COUNTER("unknown", unknown, "of these, commands we do not know"),
	COUNTER("refused", refused, "connections refused because a client was there already"),
	COUNTER("resets", resets, "device resets"),
	COUNTER("unmasks", unmasks, "times INTx was unmasked"),
	COUNTER("private_memory", private_memory, "times the guest's driver started while its memory read as never written to: QEMU needs share=on"),
	COUNTER("by_lcore", by_lcore, "of the messages, those that the polling lcore served itself"),
	COUNTER("maps_without_memory", no_memory, "of the maps, those that came without a descriptor: no DMA goes there; ROMs and BARs are, RAM must not be"),
	COUNTER("memory_faults", memory_faults, "connections ended because the guest's memory was gone when it was touched: its file was cut short, or its hugepages ran out"),
	COUNTER("unsealed", unsealed, "pieces of guest memory, of those mapped, whose file is not sealed against shrinking"),
	COUNTER("no_descriptors", no_descriptors, "times no descriptor was left to accept a connection with: raise the limit (ulimit -n)"),
	COUNTER("irqs", irqs, "interrupts sent"),
};
/* clang-format on */
