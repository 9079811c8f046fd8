/* SPDX-License-Identifier: BSD-3-Clause */
/* Microwire: start bit, two bits of opcode, six of address; a read answers 0 and then 16 bits. */
#include "nic_eeprom.h"

#define EEPROM_COMMAND_BITS 9 /* with the start bit */
#define EEPROM_DATA_BITS    16

/* Opcode and the upper two bits of the address, which are part of some. */
#define EEPROM_OP(command)  (((command) >> 6) & 3)
#define EEPROM_OP2(command) (((command) >> 4) & 0xf)
#define EEPROM_OP_WRITE	    1
#define EEPROM_OP_READ	    2
#define EEPROM_OP2_WRAL	    1 /* write all */

void
nic_eeprom_reset(struct nic_eeprom *e)
{
	e->cs = e->sk = false;
	e->out = true;
	e->phase = 0;
	e->left = 0;
	e->skip = 0;
}

static void
nic_eeprom_command(struct nic_eeprom *e)
{
	e->phase = 0;
	if (EEPROM_OP(e->command) == EEPROM_OP_READ) {
		e->shift = e->word[e->command & (NIC_EEPROM_WORDS - 1)];
		e->left = EEPROM_DATA_BITS;
		e->out = false; /* the dummy bit */
	} else if (EEPROM_OP(e->command) == EEPROM_OP_WRITE ||
		   EEPROM_OP2(e->command) == EEPROM_OP2_WRAL) {
		e->skip = EEPROM_DATA_BITS;
	}
}

/* A rising clock edge while selected. */
static void
nic_eeprom_clock(struct nic_eeprom *e, bool di)
{
	if (e->left > 0) {
		e->out = e->shift & 0x8000;
		e->shift = (uint16_t)(e->shift << 1);
		e->left--;
		return;
	}
	e->out = true;
	if (e->skip > 0) {
		e->skip--;
		return;
	}
	if (e->phase == 0 && !di)
		return;
	e->command = e->phase == 0 ? 0 : (uint16_t)((e->command << 1) | di);
	if (++e->phase == EEPROM_COMMAND_BITS)
		nic_eeprom_command(e);
}

bool
nic_eeprom_lines(struct nic_eeprom *e, bool cs, bool sk, bool di)
{
	if (!cs) {
		nic_eeprom_reset(e);
	} else if (sk && !e->sk) {
		nic_eeprom_clock(e, di);
	}
	e->cs = cs;
	e->sk = sk;
	return e->out;
}
