/* SPDX-License-Identifier: BSD-3-Clause */
/* The vfio-user transport: a PCI function served to one client (QEMU's vfio-user-pci). */
#ifndef TRANSPORT_VFIO_USER_VFU_TRANSPORT_H
#define TRANSPORT_VFIO_USER_VFU_TRANSPORT_H

#include "transport/transport.h"

extern const struct transport_ops vfu_transport_ops;

#endif
