// SPDX-License-Identifier: MIT
/*
 * Claim: what a PAE Linux asks of devices, counters and newer interfaces, and
 * we don't have, is refused with the error that it goes on from.
 * See: ABI 2.2, 2.3, 2.4
 */

#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/test.h"
#include <xen/errno.h>
#include <xen/platform.h>

static uint8_t arg[256];

static void check_physdev(void)
{
	static const unsigned int cmds[] = {
		PHYSDEVOP_eoi, PHYSDEVOP_irq_status_query, PHYSDEVOP_apic_read,
		PHYSDEVOP_alloc_irq_vector, PHYSDEVOP_map_pirq, PHYSDEVOP_setup_gsi,
		PHYSDEVOP_pci_device_add, PHYSDEVOP_pirq_eoi_gmfn_v1,
		PHYSDEVOP_pirq_eoi_gmfn_v2,
	};
	struct physdev_set_iopl iopl = {.iopl = 1};
	struct physdev_set_iobitmap bitmap = {.nr_ports = 65536};

	for (unsigned int i = 0; i < ARRAY_SIZE(cmds); i++)
		TEST_EQUAL("physdev_op", hypercall_physdev_op(cmds[i], arg), -XEN_ENOSYS);
	TEST_EQUAL("set_iopl 1", hypercall_physdev_op(PHYSDEVOP_set_iopl, &iopl), 0);
	iopl.iopl = 4;
	TEST_EQUAL("set_iopl 4", hypercall_physdev_op(PHYSDEVOP_set_iopl, &iopl), -XEN_EINVAL);
	TEST_EQUAL("set_iobitmap", hypercall_physdev_op(PHYSDEVOP_set_iobitmap, &bitmap), 0);
	bitmap.nr_ports = 65537;
	TEST_EQUAL("set_iobitmap", hypercall_physdev_op(PHYSDEVOP_set_iobitmap, &bitmap),
		   -XEN_EINVAL);
}

static void check_memory(void)
{
	static const unsigned int cmds[] = {
		XENMEM_set_memory_map, XENMEM_add_to_physmap, XENMEM_claim_pages,
		XENMEM_get_sharing_freed_pages, XENMEM_get_sharing_shared_pages,
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(cmds); i++)
		TEST_EQUAL("memory_op", hypercall_memory_op(cmds[i], arg), -XEN_ENOSYS);
	TEST_EQUAL("machine_memory_map", hypercall_memory_op(XENMEM_machine_memory_map, arg),
		   -XEN_EPERM);
}

/* Neither by its own right nor in the name of devices. */
static void check_mapping(void)
{
	unsigned long va = (unsigned long)mm_page_alloc();
	uint64_t maddr = mm_entry_maddr(va, 1), was = mm_entry_read(va, 1);
	struct mmu_update u = {.ptr = maddr, .val = mm_make_entry(0xb8, PTE_BASE | PTE_RW)};

	TEST_CHECK(mm_map(va, 0xb8, 0) < 0, "a domain maps the screen");
	TEST_CHECK(mm_map(va, 0xfebc0, 0) < 0, "a domain maps a device");
	TEST_CHECK(mm_map(va, mm_virt_to_mfn(va), PTE_RW | PTE_PCD) < 0, "uncached memory");
	TEST_EQUAL("DOMID_IO", hypercall_mmu_update(&u, 1, NULL, DOMID_IO), -XEN_EPERM);
	TEST_CHECK(mm_entry_read(va, 1) == was, "the entry has changed");
}

static void check_calls(void)
{
	static const unsigned int nrs[] = {
		__HYPERVISOR_xsm_op,
		__HYPERVISOR_nmi_op,
		__HYPERVISOR_hvm_op,
		__HYPERVISOR_kexec_op,
		__HYPERVISOR_xenpmu_op,
		48 /* mca */,
		__HYPERVISOR_update_va_mapping_otherdomain,
		/* 64 bits alone have it. */
		KERNEL_RING == 1 ? __HYPERVISOR_set_segment_base : 63,
	};
	struct xen_platform_op op = {.cmd = XENPF_get_cpuinfo,
				     .interface_version = XENPF_INTERFACE_VERSION};

	for (unsigned int i = 0; i < ARRAY_SIZE(nrs); i++)
		TEST_EQUAL("hypercall", hypercall2(nrs[i], 0, (unsigned long)arg), -XEN_ENOSYS);
	TEST_EQUAL("platform_op", hypercall1(__HYPERVISOR_platform_op, (unsigned long)&op),
		   -XEN_EPERM);
	TEST_EQUAL("build_id", hypercall_xen_version(XENVER_build_id, NULL), -XEN_ENODATA);
	TEST_EQUAL("an assist of HVM's", hypercall_vm_assist(VMASST_CMD_enable, 31), -XEN_EINVAL);
	for (unsigned int type = 0; type < 4; type++)
		TEST_EQUAL("assist", hypercall_vm_assist(VMASST_CMD_enable, type), 0);
}

void test_main(void)
{
	check_physdev();
	check_memory();
	check_mapping();
	check_calls();
}
