/* SPDX-License-Identifier: BSD-3-Clause */
/* vhost-user over rte_vhost: the protocol is the library's, the rings are the model's. */
#ifndef TRANSPORT_VHOST_USER_VHU_TRANSPORT_H
#define TRANSPORT_VHOST_USER_VHU_TRANSPORT_H

#include "transport/transport.h"

extern const struct transport_ops vhu_transport_ops;

#endif
