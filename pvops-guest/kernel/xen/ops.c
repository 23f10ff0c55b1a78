// SPDX-License-Identifier: MIT
/*
 * pv_ops for a guest of Xen's ABI: each operation asks the monitor.
 *
 * Ring 3 uses the monitor's own flat segments, which are in every descriptor
 * table, so this kernel needs none of its own.
 */
#include "xen/guest.h"

const struct pv_ops pv_ops_xen = {
	.trap_return = xen_trap_return,
	.platform = "a Xen-compatible monitor",
	.irq = {
		.init = xen_irq_init,
		.enable = xen_irq_enable,
		.disable = xen_irq_disable,
		.save = xen_irq_save,
		.restore = xen_irq_restore,
		.idle = xen_irq_idle,
		.handle = xen_irq_handle,
	},
	.cpu = {
		.user_cs = FLAT_USER_CS,
		.user_ds = FLAT_USER_SS,
		.init_traps = xen_init_traps,
		.forget_traps = xen_forget_traps,
		.forbid_fpu = xen_forbid_fpu,
		.switch_context = xen_switch_context,
		.set_thread_base = xen_set_thread_base,
	},
	.mmu = {
		.two_roots = PT_LEVELS == 4,
		.pfn_to_mfn = xen_pfn_to_mfn,
		.mfn_to_pfn = xen_mfn_to_pfn,
		.boot_root = xen_boot_root,
		.set_pte = xen_set_pte,
		.set_va = xen_set_va,
		.table_protect = xen_table_protect,
		.table_release = xen_table_release,
		.root_pin = xen_root_pin,
		.root_unpin = xen_root_unpin,
		.load_tables = xen_load_tables,
		.flush_tlb = xen_flush_tlb,
		.fault_address = xen_fault_address,
	},
	.time = {
		.init = xen_time_init,
		.now_ns = xen_now_ns,
	},
	.console = {
		.init = xen_console_init,
		.write = xen_console_write,
	},
	.shutdown = xen_shutdown,
};
