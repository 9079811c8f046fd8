/* SPDX-License-Identifier: BSD-3-Clause */
/* What fuzz_nic must know of a model. */
#ifndef TEST_FUZZ_FUZZ_MODEL_H
#define TEST_FUZZ_FUZZ_MODEL_H

#include <stdbool.h>
#include <stdint.h>

struct nic;

struct fuzz_model {
	const char *name;
	uint8_t bar; /* the one that matters */
	/** Whether the interrupt line may be as it is, whatever the guest did. */
	bool (*line_ok)(struct nic *nic, bool line);
	/** Whether the state is one that the model can work in. */
	bool (*state_ok)(struct nic *nic);
};

extern const struct fuzz_model fuzz_model_e1000, fuzz_model_rtl8139, fuzz_model_virtio;

#endif
