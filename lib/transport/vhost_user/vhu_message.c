/* SPDX-License-Identifier: BSD-3-Clause */
/* What must happen around messages: rings rest while what they stand on changes. */
#include <string.h>

#include "base/log.h"
#include "vhu_private.h"

LOG_REGISTER("transport.vhu");

/* Before a message: which rings rest, what is taken away. After it: what is told to the guest. */
enum vhu_before {
	VHU_STOP_ONE = 1, /* the ring that the payload's low byte names */
	VHU_STOP_ALL = 2,
	VHU_CLEAR_MEM = 4,
	VHU_QUEUE_NUM = 8, /* answered here: the library would say 128 */
};

enum vhu_after {
	VHU_PUBLISH_MEM = 1,
	VHU_PUBLISH_LOG = 2,
	VHU_FEATURES = 4,
	VHU_MTU = 8,
	VHU_RARP = 16,
};

struct vhu_rule {
	uint32_t request; /* vhost-user.rst, "Front-end message types" */
	const char *name;
	uint8_t before; /* enum vhu_before */
	uint8_t after;	/* enum vhu_after */
};

/* clang-format off */
static const struct vhu_rule vhu_rules[] = {
	{  2, "SET_FEATURES",   VHU_STOP_ALL, VHU_FEATURES | VHU_PUBLISH_LOG },
	{  4, "RESET_OWNER",    VHU_STOP_ALL, 0 },
	{  5, "SET_MEM_TABLE",  VHU_STOP_ALL | VHU_CLEAR_MEM, VHU_PUBLISH_MEM | VHU_PUBLISH_LOG },
	{  6, "SET_LOG_BASE",   VHU_STOP_ALL, VHU_PUBLISH_LOG },
	{  8, "SET_VRING_NUM",  VHU_STOP_ONE, 0 },
	{  9, "SET_VRING_ADDR", VHU_STOP_ONE, 0 },
	{ 10, "SET_VRING_BASE", VHU_STOP_ONE, 0 },
	{ 12, "SET_VRING_KICK", VHU_STOP_ONE, 0 },
	{ 13, "SET_VRING_CALL", VHU_STOP_ONE, 0 },
	{ 17, "GET_QUEUE_NUM",  VHU_QUEUE_NUM, 0 },
	{ 19, "SEND_RARP",      0, VHU_RARP },
	{ 20, "NET_SET_MTU",    0, VHU_MTU },
};
/* clang-format on */

#define VHU_RING_MASK 0xff /* vhost-user.rst: bits 0-7 of the u64, or the u32 index */

static const struct vhu_rule *
vhu_rule_find(uint32_t request)
{
	size_t i;

	for (i = 0; i < RTE_DIM(vhu_rules); i++)
		if (vhu_rules[i].request == request)
			return &vhu_rules[i];
	return NULL;
}

static enum rte_vhost_msg_result
vhu_before_message(int vid, void *opaque)
{
	struct vhu_msg *msg = opaque;
	const struct vhu_rule *rule = vhu_rule_find(msg->request);
	struct vhu_transport *t = vhu_by_vid(vid);

	/* The library maps memory, rings and logs of any message, and touches them before we know. */
	gmem_fault_expect(t != NULL ? &t->owner : NULL);
	if (t == NULL || rule == NULL)
		return RTE_VHOST_MSG_RESULT_NOT_HANDLED;
	pthread_mutex_lock(&t->lock);
	if (rule->before & VHU_STOP_ONE)
		vhu_stop_ring(t, msg->payload & VHU_RING_MASK);
	if (rule->before & VHU_STOP_ALL)
		vhu_stop_all(t);
	if (rule->before & VHU_CLEAR_MEM)
		vhu_mem_clear(t);
	pthread_mutex_unlock(&t->lock);
	if (rule->before & VHU_QUEUE_NUM) {
		msg->payload = t->n_queues;
		msg->size = sizeof(msg->payload);
		return RTE_VHOST_MSG_RESULT_REPLY;
	}
	return RTE_VHOST_MSG_RESULT_NOT_HANDLED;
}

static void
vhu_take_features(struct vhu_transport *t)
{
	uint64_t features;

	if (rte_vhost_get_negotiated_features(t->vid, &features) == 0)
		t->tr.events->set_features(t->tr.ctx, features & t->features);
	if (t->memory_waits == 0)
		t->memory_waits = !t->had_memory;
}

static void
vhu_take_mtu(struct vhu_transport *t)
{
	uint16_t mtu;

	if (rte_vhost_get_mtu(t->vid, &mtu) == 0)
		t->tr.events->set_mtu(t->tr.ctx, mtu);
}

static void
vhu_take_rarp(struct vhu_transport *t, const struct vhu_msg *msg)
{
	struct rte_ether_addr mac;

	memcpy(&mac, &msg->payload, sizeof(mac));
	t->tr.events->announce(t->tr.ctx, &mac);
}

/* Tell the guest what the message changed. Under the lock. */
static void
vhu_take_message(struct vhu_transport *t, const struct vhu_rule *rule, const struct vhu_msg *msg)
{
	if (rule->after & VHU_FEATURES)
		vhu_take_features(t);
	if (rule->after & VHU_PUBLISH_MEM)
		vhu_mem_publish(t);
	if (rule->after & VHU_PUBLISH_LOG)
		vhu_log_publish(t);
	if (rule->after & VHU_MTU)
		vhu_take_mtu(t);
	if (rule->after & VHU_RARP)
		vhu_take_rarp(t, msg);
	vhu_sync(t);
}

static enum rte_vhost_msg_result
vhu_after_message(int vid, void *opaque)
{
	const struct vhu_msg *msg = opaque;
	const struct vhu_rule *rule = vhu_rule_find(msg->request);
	struct vhu_transport *t = vhu_by_vid(vid);
	bool gone;

	gmem_fault_expect(NULL);
	if (t == NULL || t->vid != vid)
		return RTE_VHOST_MSG_RESULT_NOT_HANDLED;
	pthread_mutex_lock(&t->lock);
	gone = vhu_memory_gone(t);
	if (rule != NULL && !gone)
		vhu_take_message(t, rule, msg);
	pthread_mutex_unlock(&t->lock);
	/* The library ends the connection then. */
	return gone ? RTE_VHOST_MSG_RESULT_ERR : RTE_VHOST_MSG_RESULT_NOT_HANDLED;
}

const struct rte_vhost_user_extern_ops vhu_message_ops = {
	.pre_msg_handle = vhu_before_message,
	.post_msg_handle = vhu_after_message,
};
