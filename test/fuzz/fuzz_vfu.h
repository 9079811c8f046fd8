/* SPDX-License-Identifier: BSD-3-Clause */
/* What fuzz_vfu has instead of the loop's thread, and how it sees that nothing is lost. */
#ifndef TEST_FUZZ_FUZZ_VFU_H
#define TEST_FUZZ_FUZZ_VFU_H

#include <stdbool.h>
#include <stdint.h>

struct vfu_source;

#define FUZZ_VFU_RAM 0x10000 /* bytes of the guest's memory */

/** The events that s waits for; 0: it is not watched. */
uint32_t fuzz_vfu_watched(const struct vfu_source *s);

/** Whether the loop was told to look at what an lcore left, since the last call. */
bool fuzz_vfu_kicked(void);

/** Note what is open before an input: libFuzzer opens files too, between inputs. */
void fuzz_vfu_count(void);

/** The same is open, and nothing more is mapped. */
void fuzz_vfu_check(void);

#endif
