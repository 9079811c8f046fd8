/* SPDX-License-Identifier: BSD-3-Clause */
/* The registers: what reading and writing them does, the table, and the BARs. All on thread C. */
#include "e1000_regs.h"

#include "e1000.h"
#include "nic/nic_reg.h"

#define E1000_EECD_WMASK                                                                           \
	(E1000_EECD_SK | E1000_EECD_CS | E1000_EECD_DI | E1000_EECD_FWE | E1000_EECD_REQ)

static void *
e1000_reg_cell(const struct nic *nic, uint32_t offset)
{
	return e1000_cell(nic, offset);
}

static void
e1000_ctrl_write(struct nic *nic, uint32_t offset, uint32_t old, uint32_t val)
{
	if (val & E1000_CTRL_PHY_RST)
		e1000_phy_reset(nic);
	if (val & E1000_CTRL_RST)
		e1000_mac_reset(nic);
}

static uint32_t
e1000_ctrl_dup_read(struct nic *nic, uint32_t offset)
{
	return e1000_get(nic->state, E1000_CTRL);
}

static void
e1000_ctrl_dup_write(struct nic *nic, uint32_t offset, uint32_t old, uint32_t val)
{
	e1000_put(nic->state, E1000_CTRL, val & ~(E1000_CTRL_RST | E1000_CTRL_PHY_RST));
	e1000_ctrl_write(nic, E1000_CTRL, 0, val);
}

static uint32_t
e1000_status_read(struct nic *nic, uint32_t offset)
{
	return e1000_status(nic->state);
}

static void
e1000_ctrl_ext_write(struct nic *nic, uint32_t offset, uint32_t old, uint32_t val)
{
	if (val & E1000_CTRL_EXT_EE_RST)
		e1000_load_address(nic);
}

static uint32_t
e1000_icr_read(struct nic *nic, uint32_t offset)
{
	return e1000_irq_take(nic);
}

static void
e1000_icr_write(struct nic *nic, uint32_t offset, uint32_t old, uint32_t val)
{
	e1000_irq_clear(nic, val);
}

static uint32_t
e1000_ics_read(struct nic *nic, uint32_t offset)
{
	return e1000_irq_causes(nic->state);
}

static void
e1000_ics_write(struct nic *nic, uint32_t offset, uint32_t old, uint32_t val)
{
	e1000_irq_set(nic, val);
}

static uint32_t
e1000_ims_read(struct nic *nic, uint32_t offset)
{
	return e1000_irq_enabled(nic->state);
}

static void
e1000_ims_write(struct nic *nic, uint32_t offset, uint32_t old, uint32_t val)
{
	e1000_irq_unmask(nic, val);
}

static void
e1000_imc_write(struct nic *nic, uint32_t offset, uint32_t old, uint32_t val)
{
	e1000_irq_mask(nic, val);
}

/* What is left of a frame must not become the begin of the next driver's first one. */
static void
e1000_tctl_write(struct nic *nic, uint32_t offset, uint32_t old, uint32_t val)
{
	if (!(val & E1000_TCTL_EN))
		e1000_tx_forget(nic->state);
}

/* Of the upper halves of the address pairs, only these bits are there. */
static void
e1000_ra_write(struct nic *nic, uint32_t offset, uint32_t old, uint32_t val)
{
	if ((offset - E1000_RA) / 4 % 2 == 1)
		e1000_put(nic->state, offset, val & E1000_RAH_WMASK);
}

/* Name, offset, count, width, access, class, reset, wmask, on_read, on_write. */
/* clang-format off */
static const struct nic_reg e1000_rows[] = {
	{ "CTRL", E1000_CTRL, 1, 4, NIC_RW, NIC_CONFIG, E1000_CTRL_RESET, ~(E1000_CTRL_RST | E1000_CTRL_PHY_RST), NULL, e1000_ctrl_write },
	{ "CTRL_DUP", E1000_CTRL_DUP, 1, 4, NIC_WO, NIC_CONFIG, 0, 0, e1000_ctrl_dup_read, e1000_ctrl_dup_write },
	{ "STATUS", E1000_STATUS, 1, 4, NIC_RO, NIC_PLAIN, 0, 0, e1000_status_read, NULL },
	{ "EECD", E1000_EECD, 1, 4, NIC_RW, NIC_PLAIN, 0, E1000_EECD_WMASK, e1000_eecd_read, e1000_eecd_write },
	{ "EERD", E1000_EERD, 1, 4, NIC_RW, NIC_PLAIN, 0, UINT32_MAX, NULL, e1000_eerd_write },
	{ "CTRL_EXT", E1000_CTRL_EXT, 1, 4, NIC_RW, NIC_CONFIG, 0, ~E1000_CTRL_EXT_EE_RST, NULL, e1000_ctrl_ext_write },
	{ "MDIC", E1000_MDIC, 1, 4, NIC_RW, NIC_CONFIG, 0, UINT32_MAX, NULL, e1000_mdic_write },
	{ "FCAL", E1000_FCAL, 1, 4, NIC_RW, NIC_PLAIN, 0, UINT32_MAX, NULL, NULL },
	{ "FCAH", E1000_FCAH, 1, 4, NIC_RW, NIC_PLAIN, 0, 0xffff, NULL, NULL },
	{ "FCT", E1000_FCT, 1, 4, NIC_RW, NIC_PLAIN, 0, 0xffff, NULL, NULL },
	{ "VET", E1000_VET, 1, 4, NIC_RW, NIC_CONFIG, 0x8100, 0xffff, NULL, NULL },
	{ "ICR", E1000_ICR, 1, 4, NIC_WO, NIC_PLAIN, 0, 0, e1000_icr_read, e1000_icr_write },
	{ "ITR", E1000_ITR, 1, 4, NIC_RW, NIC_PLAIN, 0, E1000_DELAY, NULL, NULL },
	{ "ICS", E1000_ICS, 1, 4, NIC_WO, NIC_PLAIN, 0, 0, e1000_ics_read, e1000_ics_write },
	{ "IMS", E1000_IMS, 1, 4, NIC_WO, NIC_PLAIN, 0, 0, e1000_ims_read, e1000_ims_write },
	{ "IMC", E1000_IMC, 1, 4, NIC_WO, NIC_PLAIN, 0, 0, NULL, e1000_imc_write },
	{ "RCTL", E1000_RCTL, 1, 4, NIC_RW, NIC_CONFIG, 0, UINT32_MAX, NULL, NULL },
	{ "FCTTV", E1000_FCTTV, 1, 4, NIC_RW, NIC_PLAIN, 0, 0xffff, NULL, NULL },
	{ "TXCW", E1000_TXCW, 1, 4, NIC_RW, NIC_PLAIN, 0, 0xc000ffff, NULL, NULL },
	{ "TCTL", E1000_TCTL, 1, 4, NIC_RW, NIC_CONFIG, 0, UINT32_MAX, NULL, e1000_tctl_write },
	{ "TIPG", E1000_TIPG, 1, 4, NIC_RW, NIC_PLAIN, 0, 0x3fffffff, NULL, NULL },
	{ "AIT", E1000_AIT, 1, 4, NIC_RW, NIC_PLAIN, 0, 0xffff, NULL, NULL },
	{ "LEDCTL", E1000_LEDCTL, 1, 4, NIC_RW, NIC_PLAIN, 0x00000602, UINT32_MAX, NULL, NULL },
	{ "PBA", E1000_PBA, 1, 4, NIC_RW, NIC_PLAIN, 0x00100030, UINT32_MAX, NULL, NULL },
	{ "FCRTL", E1000_FCRTL, 1, 4, NIC_RW, NIC_PLAIN, 0, 0x8000fff8, NULL, NULL },
	{ "FCRTH", E1000_FCRTH, 1, 4, NIC_RW, NIC_PLAIN, 0, 0xfff8, NULL, NULL },
	{ "RDFH", E1000_RDFH, 1, 4, NIC_RW, NIC_PLAIN, 0, FIELD32(12, 0), NULL, NULL },
	{ "RDFT", E1000_RDFT, 1, 4, NIC_RW, NIC_PLAIN, 0, FIELD32(12, 0), NULL, NULL },
	{ "RDFHS", E1000_RDFHS, 1, 4, NIC_RW, NIC_PLAIN, 0, FIELD32(12, 0), NULL, NULL },
	{ "RDFTS", E1000_RDFTS, 1, 4, NIC_RW, NIC_PLAIN, 0, FIELD32(12, 0), NULL, NULL },
	{ "RDFPC", E1000_RDFPC, 1, 4, NIC_RW, NIC_PLAIN, 0, FIELD32(12, 0), NULL, NULL },
	{ "RDBAL", E1000_RDBAL, 1, 4, NIC_RW, NIC_CONFIG, 0, E1000_BAL_ADDR, NULL, NULL },
	{ "RDBAH", E1000_RDBAH, 1, 4, NIC_RW, NIC_CONFIG, 0, UINT32_MAX, NULL, NULL },
	{ "RDLEN", E1000_RDLEN, 1, 4, NIC_RW, NIC_CONFIG, 0, E1000_LEN_BYTES, NULL, NULL },
	{ "RDH", E1000_RDH, 1, 4, NIC_RW, NIC_CONFIG, 0, E1000_INDEX, NULL, NULL },
	{ "RDT", E1000_RDT, 1, 4, NIC_RW, NIC_DOORBELL, 0, E1000_INDEX, NULL, NULL },
	{ "RDTR", E1000_RDTR, 1, 4, NIC_RW, NIC_PLAIN, 0, E1000_DELAY, NULL, NULL },
	{ "RXDCTL", E1000_RXDCTL, 1, 4, NIC_RW, NIC_PLAIN, 0, UINT32_MAX, NULL, NULL },
	{ "RADV", E1000_RADV, 1, 4, NIC_RW, NIC_PLAIN, 0, E1000_DELAY, NULL, NULL },
	{ "RSRPD", E1000_RSRPD, 1, 4, NIC_RW, NIC_PLAIN, 0, FIELD32(11, 0), NULL, NULL },
	{ "TDFH", E1000_TDFH, 1, 4, NIC_RW, NIC_PLAIN, 0, FIELD32(10, 0), NULL, NULL },
	{ "TDFT", E1000_TDFT, 1, 4, NIC_RW, NIC_PLAIN, 0, FIELD32(10, 0), NULL, NULL },
	{ "TDFHS", E1000_TDFHS, 1, 4, NIC_RW, NIC_PLAIN, 0, FIELD32(10, 0), NULL, NULL },
	{ "TDFTS", E1000_TDFTS, 1, 4, NIC_RW, NIC_PLAIN, 0, FIELD32(10, 0), NULL, NULL },
	{ "TDFPC", E1000_TDFPC, 1, 4, NIC_RW, NIC_PLAIN, 0, FIELD32(12, 0), NULL, NULL },
	{ "TDBAL", E1000_TDBAL, 1, 4, NIC_RW, NIC_CONFIG, 0, E1000_BAL_ADDR, NULL, NULL },
	{ "TDBAH", E1000_TDBAH, 1, 4, NIC_RW, NIC_CONFIG, 0, UINT32_MAX, NULL, NULL },
	{ "TDLEN", E1000_TDLEN, 1, 4, NIC_RW, NIC_CONFIG, 0, E1000_LEN_BYTES, NULL, NULL },
	{ "TDH", E1000_TDH, 1, 4, NIC_RW, NIC_CONFIG, 0, E1000_INDEX, NULL, NULL },
	{ "TDT", E1000_TDT, 1, 4, NIC_RW, NIC_DOORBELL, 0, E1000_INDEX, NULL, NULL },
	{ "TIDV", E1000_TIDV, 1, 4, NIC_RW, NIC_PLAIN, 0, E1000_DELAY, NULL, NULL },
	{ "TXDCTL", E1000_TXDCTL, 1, 4, NIC_RW, NIC_PLAIN, 0, UINT32_MAX, NULL, NULL },
	{ "TADV", E1000_TADV, 1, 4, NIC_RW, NIC_PLAIN, 0, E1000_DELAY, NULL, NULL },
	{ "TSPMT", E1000_TSPMT, 1, 4, NIC_RW, NIC_PLAIN, 0, UINT32_MAX, NULL, NULL },
	{ "CRCERRS", E1000_CRCERRS, 1, 4, NIC_RO, NIC_PLAIN, 0, 0, e1000_mac_stat_read, NULL },
	{ "ALGNERRC", E1000_ALGNERRC, 1, 4, NIC_RO, NIC_PLAIN, 0, 0, e1000_mac_stat_read, NULL },
	{ "SYMERRS", E1000_SYMERRS, 1, 4, NIC_RO, NIC_PLAIN, 0, 0, e1000_mac_stat_read, NULL },
	{ "RXERRC", E1000_RXERRC, 1, 4, NIC_RO, NIC_PLAIN, 0, 0, e1000_mac_stat_read, NULL },
	{ "MPC", E1000_MPC, 1, 4, NIC_RO, NIC_PLAIN, 0, 0, e1000_mac_stat_read, NULL },
	{ "SCC", E1000_SCC, 1, 4, NIC_RO, NIC_PLAIN, 0, 0, e1000_mac_stat_read, NULL },
	{ "ECOL", E1000_ECOL, 1, 4, NIC_RO, NIC_PLAIN, 0, 0, e1000_mac_stat_read, NULL },
	{ "MCC", E1000_MCC, 1, 4, NIC_RO, NIC_PLAIN, 0, 0, e1000_mac_stat_read, NULL },
	{ "LATECOL", E1000_LATECOL, 1, 4, NIC_RO, NIC_PLAIN, 0, 0, e1000_mac_stat_read, NULL },
	{ "COLC", E1000_COLC, 1, 4, NIC_RO, NIC_PLAIN, 0, 0, e1000_mac_stat_read, NULL },
	{ "DC", E1000_DC, 1, 4, NIC_RO, NIC_PLAIN, 0, 0, e1000_mac_stat_read, NULL },
	{ "TNCRS", E1000_TNCRS, 1, 4, NIC_RO, NIC_PLAIN, 0, 0, e1000_mac_stat_read, NULL },
	{ "SEQEC", E1000_SEQEC, 1, 4, NIC_RO, NIC_PLAIN, 0, 0, e1000_mac_stat_read, NULL },
	{ "CEXTERR", E1000_CEXTERR, 1, 4, NIC_RO, NIC_PLAIN, 0, 0, e1000_mac_stat_read, NULL },
	{ "RLEC", E1000_RLEC, 1, 4, NIC_RO, NIC_PLAIN, 0, 0, e1000_mac_stat_read, NULL },
	{ "XONRXC", E1000_XONRXC, 1, 4, NIC_RO, NIC_PLAIN, 0, 0, e1000_mac_stat_read, NULL },
	{ "XONTXC", E1000_XONTXC, 1, 4, NIC_RO, NIC_PLAIN, 0, 0, e1000_mac_stat_read, NULL },
	{ "XOFFRXC", E1000_XOFFRXC, 1, 4, NIC_RO, NIC_PLAIN, 0, 0, e1000_mac_stat_read, NULL },
	{ "XOFFTXC", E1000_XOFFTXC, 1, 4, NIC_RO, NIC_PLAIN, 0, 0, e1000_mac_stat_read, NULL },
	{ "FCRUC", E1000_FCRUC, 1, 4, NIC_RO, NIC_PLAIN, 0, 0, e1000_mac_stat_read, NULL },
	{ "PRC64", E1000_PRC64, 1, 4, NIC_RO, NIC_PLAIN, 0, 0, e1000_mac_stat_read, NULL },
	{ "PRC127", E1000_PRC127, 1, 4, NIC_RO, NIC_PLAIN, 0, 0, e1000_mac_stat_read, NULL },
	{ "PRC255", E1000_PRC255, 1, 4, NIC_RO, NIC_PLAIN, 0, 0, e1000_mac_stat_read, NULL },
	{ "PRC511", E1000_PRC511, 1, 4, NIC_RO, NIC_PLAIN, 0, 0, e1000_mac_stat_read, NULL },
	{ "PRC1023", E1000_PRC1023, 1, 4, NIC_RO, NIC_PLAIN, 0, 0, e1000_mac_stat_read, NULL },
	{ "PRC1522", E1000_PRC1522, 1, 4, NIC_RO, NIC_PLAIN, 0, 0, e1000_mac_stat_read, NULL },
	{ "GPRC", E1000_GPRC, 1, 4, NIC_RO, NIC_PLAIN, 0, 0, e1000_mac_stat_read, NULL },
	{ "BPRC", E1000_BPRC, 1, 4, NIC_RO, NIC_PLAIN, 0, 0, e1000_mac_stat_read, NULL },
	{ "MPRC", E1000_MPRC, 1, 4, NIC_RO, NIC_PLAIN, 0, 0, e1000_mac_stat_read, NULL },
	{ "GPTC", E1000_GPTC, 1, 4, NIC_RO, NIC_PLAIN, 0, 0, e1000_mac_stat_read, NULL },
	{ "GORCL", E1000_GORCL, 1, 4, NIC_RO, NIC_PLAIN, 0, 0, e1000_mac_stat_read, NULL },
	{ "GORCH", E1000_GORCH, 1, 4, NIC_RO, NIC_PLAIN, 0, 0, e1000_mac_stat_read, NULL },
	{ "GOTCL", E1000_GOTCL, 1, 4, NIC_RO, NIC_PLAIN, 0, 0, e1000_mac_stat_read, NULL },
	{ "GOTCH", E1000_GOTCH, 1, 4, NIC_RO, NIC_PLAIN, 0, 0, e1000_mac_stat_read, NULL },
	{ "RNBC", E1000_RNBC, 1, 4, NIC_RO, NIC_PLAIN, 0, 0, e1000_mac_stat_read, NULL },
	{ "RUC", E1000_RUC, 1, 4, NIC_RO, NIC_PLAIN, 0, 0, e1000_mac_stat_read, NULL },
	{ "RFC", E1000_RFC, 1, 4, NIC_RO, NIC_PLAIN, 0, 0, e1000_mac_stat_read, NULL },
	{ "ROC", E1000_ROC, 1, 4, NIC_RO, NIC_PLAIN, 0, 0, e1000_mac_stat_read, NULL },
	{ "RJC", E1000_RJC, 1, 4, NIC_RO, NIC_PLAIN, 0, 0, e1000_mac_stat_read, NULL },
	{ "MGTPRC", E1000_MGTPRC, 1, 4, NIC_RO, NIC_PLAIN, 0, 0, e1000_mac_stat_read, NULL },
	{ "MGTPDC", E1000_MGTPDC, 1, 4, NIC_RO, NIC_PLAIN, 0, 0, e1000_mac_stat_read, NULL },
	{ "MGTPTC", E1000_MGTPTC, 1, 4, NIC_RO, NIC_PLAIN, 0, 0, e1000_mac_stat_read, NULL },
	{ "TORL", E1000_TORL, 1, 4, NIC_RO, NIC_PLAIN, 0, 0, e1000_mac_stat_read, NULL },
	{ "TORH", E1000_TORH, 1, 4, NIC_RO, NIC_PLAIN, 0, 0, e1000_mac_stat_read, NULL },
	{ "TOTL", E1000_TOTL, 1, 4, NIC_RO, NIC_PLAIN, 0, 0, e1000_mac_stat_read, NULL },
	{ "TOTH", E1000_TOTH, 1, 4, NIC_RO, NIC_PLAIN, 0, 0, e1000_mac_stat_read, NULL },
	{ "TPR", E1000_TPR, 1, 4, NIC_RO, NIC_PLAIN, 0, 0, e1000_mac_stat_read, NULL },
	{ "TPT", E1000_TPT, 1, 4, NIC_RO, NIC_PLAIN, 0, 0, e1000_mac_stat_read, NULL },
	{ "PTC64", E1000_PTC64, 1, 4, NIC_RO, NIC_PLAIN, 0, 0, e1000_mac_stat_read, NULL },
	{ "PTC127", E1000_PTC127, 1, 4, NIC_RO, NIC_PLAIN, 0, 0, e1000_mac_stat_read, NULL },
	{ "PTC255", E1000_PTC255, 1, 4, NIC_RO, NIC_PLAIN, 0, 0, e1000_mac_stat_read, NULL },
	{ "PTC511", E1000_PTC511, 1, 4, NIC_RO, NIC_PLAIN, 0, 0, e1000_mac_stat_read, NULL },
	{ "PTC1023", E1000_PTC1023, 1, 4, NIC_RO, NIC_PLAIN, 0, 0, e1000_mac_stat_read, NULL },
	{ "PTC1522", E1000_PTC1522, 1, 4, NIC_RO, NIC_PLAIN, 0, 0, e1000_mac_stat_read, NULL },
	{ "MPTC", E1000_MPTC, 1, 4, NIC_RO, NIC_PLAIN, 0, 0, e1000_mac_stat_read, NULL },
	{ "BPTC", E1000_BPTC, 1, 4, NIC_RO, NIC_PLAIN, 0, 0, e1000_mac_stat_read, NULL },
	{ "TSCTC", E1000_TSCTC, 1, 4, NIC_RO, NIC_PLAIN, 0, 0, e1000_mac_stat_read, NULL },
	{ "TSCTFC", E1000_TSCTFC, 1, 4, NIC_RO, NIC_PLAIN, 0, 0, e1000_mac_stat_read, NULL },
	{ "RXCSUM", E1000_RXCSUM, 1, 4, NIC_RW, NIC_CONFIG, 0, E1000_RXCSUM_PCSS | E1000_RXCSUM_IPOFL | E1000_RXCSUM_TUOFL, NULL, NULL },
	{ "MTA", E1000_MTA, E1000_MTA_N, 4, NIC_RW, NIC_CONFIG, 0, UINT32_MAX, NULL, NULL },
	{ "RA", E1000_RA, 2 * E1000_RA_N, 4, NIC_RW, NIC_CONFIG, 0, UINT32_MAX, NULL, e1000_ra_write },
	{ "VFTA", E1000_VFTA, E1000_VFTA_N, 4, NIC_RW, NIC_CONFIG, 0, UINT32_MAX, NULL, NULL },
	{ "WUC", E1000_WUC, 1, 4, NIC_RW, NIC_PLAIN, 0, UINT32_MAX, NULL, NULL },
	{ "WUFC", E1000_WUFC, 1, 4, NIC_RW, NIC_PLAIN, 0, UINT32_MAX, NULL, NULL },
	{ "WUS", E1000_WUS, 1, 4, NIC_RW, NIC_PLAIN, 0, UINT32_MAX, NULL, NULL },
	{ "MANC", E1000_MANC, 1, 4, NIC_RW, NIC_PLAIN, 0x00222300, UINT32_MAX, NULL, NULL },
	{ "IPAV", E1000_IPAV, 1, 4, NIC_RW, NIC_PLAIN, 0, UINT32_MAX, NULL, NULL },
	{ "IP4AT0", E1000_IP4AT, 1, 4, NIC_RW, NIC_PLAIN, 0, UINT32_MAX, NULL, NULL },
	{ "IP4AT1", E1000_IP4AT + 8, 1, 4, NIC_RW, NIC_PLAIN, 0, UINT32_MAX, NULL, NULL },
	{ "IP4AT2", E1000_IP4AT + 16, 1, 4, NIC_RW, NIC_PLAIN, 0, UINT32_MAX, NULL, NULL },
	{ "IP4AT3", E1000_IP4AT + 24, 1, 4, NIC_RW, NIC_PLAIN, 0, UINT32_MAX, NULL, NULL },
	{ "IP6AT", E1000_IP6AT, 4, 4, NIC_RW, NIC_PLAIN, 0, UINT32_MAX, NULL, NULL },
	{ "WUPM", E1000_WUPM, 32, 4, NIC_RW, NIC_PLAIN, 0, UINT32_MAX, NULL, NULL },
	{ "SWSM", E1000_SWSM, 1, 4, NIC_RW, NIC_PLAIN, 0, UINT32_MAX, NULL, NULL },
	{ "FFLT0", E1000_FFLT, 1, 4, NIC_RW, NIC_PLAIN, 0, FIELD32(10, 0), NULL, NULL },
	{ "FFLT1", E1000_FFLT + 8, 1, 4, NIC_RW, NIC_PLAIN, 0, FIELD32(10, 0), NULL, NULL },
	{ "FFLT2", E1000_FFLT + 16, 1, 4, NIC_RW, NIC_PLAIN, 0, FIELD32(10, 0), NULL, NULL },
	{ "FFLT3", E1000_FFLT + 24, 1, 4, NIC_RW, NIC_PLAIN, 0, FIELD32(10, 0), NULL, NULL },
	{ "FFMT", E1000_FFMT, 256, 4, NIC_RW, NIC_PLAIN, 0, FIELD32(3, 0), NULL, NULL },
	{ "FFVT", E1000_FFVT, 256, 4, NIC_RW, NIC_PLAIN, 0, UINT32_MAX, NULL, NULL },
	{ "PBM", E1000_PBM, 0x4000, 4, NIC_RW, NIC_PLAIN, 0, UINT32_MAX, NULL, NULL },
};
/* clang-format on */

const struct nic_reg_set e1000_regs = {
	.row = e1000_rows,
	.n = RTE_DIM(e1000_rows),
	.dwords = true,
	.cell = e1000_reg_cell,
};

static void
e1000_reg_write(struct nic *nic, uint32_t off, unsigned int size, uint32_t val)
{
	struct e1000 *s = nic->state;

	if (size != sizeof(uint32_t))
		stat_add(&s->count.reg_narrow, 1);
	else if (!nic_reg_write(nic, &e1000_regs, off, size, val))
		stat_add(&s->count.reg_unknown, 1);
}

/* The window: an address, and what is there. */
static uint32_t
e1000_io_read(struct nic *nic, uint32_t off, unsigned int size)
{
	const struct e1000 *s = nic->state;
	uint32_t val = 0, lane = off % 4;

	if (off - lane == E1000_IOADDR)
		val = s->io_addr;
	else if (off - lane == E1000_IODATA)
		nic_reg_read(nic, &e1000_regs, s->io_addr & ~3u, sizeof(val), &val);
	return (val >> (8 * lane)) & (UINT32_MAX >> (32 - 8 * size));
}

static void
e1000_io_write(struct nic *nic, uint32_t off, unsigned int size, uint32_t val)
{
	struct e1000 *s = nic->state;

	if (off == E1000_IODATA)
		e1000_reg_write(nic, s->io_addr & ~3u, size, val);
	else if (off != E1000_IOADDR)
		stat_add(&s->count.reg_unknown, 1);
	else if (size != sizeof(val))
		stat_add(&s->count.reg_narrow, 1);
	else
		s->io_addr = val & E1000_IOADDR_WMASK;
}

uint32_t
e1000_read(struct nic *nic, uint8_t bar, uint32_t off, unsigned int size)
{
	uint32_t val;

	/* D may not be polling us: nobody shall wait in vain for the link. */
	e1000_poll_timers(nic);
	if (bar == 1)
		return e1000_io_read(nic, off, size);
	nic_reg_read(nic, &e1000_regs, off, size, &val);
	return val;
}

void
e1000_write(struct nic *nic, uint8_t bar, uint32_t off, unsigned int size, uint32_t val)
{
	e1000_poll_timers(nic);
	if (bar == 1)
		e1000_io_write(nic, off, size, val);
	else
		e1000_reg_write(nic, off, size, val);
}

bool
e1000_needs_hold(const struct nic *nic, uint8_t bar, uint32_t off)
{
	/* Which register the window is at may change with the dword before, in the same message. */
	if (bar == 1)
		return off - E1000_IODATA < sizeof(uint32_t);
	return nic_reg_needs_hold(&e1000_regs, off);
}
