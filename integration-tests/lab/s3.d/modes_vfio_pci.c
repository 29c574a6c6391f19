// SPDX-License-Identifier: GPL-2.0-only
/*
 * A VFIO driver that maps each of its regions in another way and reports how,
 * with a region capability: proposal S3 of the qemu-devel thread on memcpy to
 * device memory, as a host driver would carry it out.
 *
 * It takes any PCI device and leaves it alone: the regions are pages of RAM,
 * so that they can be mapped in every way and read back.
 *
 *   region and mode   mapped by
 *   0                 pgprot_noncached
 *   1                 pgprot_writecombine
 *   2                 pgprot_device (on x86 the same as noncached)
 *   3                 unchanged
 *
 * The file /sys/kernel/debug/modes_vfio_pci tells a process, for each of its
 * mappings of these regions, what the page table and the register that gives
 * its entries a meaning (MAIR_EL1, IA32_PAT) say. It does not know the reports.
 */
#include <linux/debugfs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/seq_file.h>
#include <linux/vfio.h>
#ifdef CONFIG_X86
#include <asm/msr.h>
#include <asm/set_memory.h>
#else
#include <asm/sysreg.h>
#endif

#define MODES		4
#define ORDER		4	/* of a region's number of pages */
#define INDEX_SHIFT	40	/* of a region's offset in the device file */

enum mode { NONCACHED, WRITE_COMBINING, DEVICE, NORMAL };

/* Has no number upstream: this is the project's own, from the upper half. */
#define CAP_MMAP_CACHE_MODE	0x8001
struct cap_mmap_cache_mode {
	struct vfio_info_cap_header header;
	__u32 mode;
	__u32 reserved;
};

static int report[MODES] = { NONCACHED, WRITE_COMBINING, DEVICE, NORMAL };
module_param_array(report, int, NULL, 0644);
MODULE_PARM_DESC(report, "the mode that each region reports; changed, it lies");

struct modes_device {
	struct vfio_device vdev;
	struct page *pages[MODES];
};

static void *region_start(struct modes_device *md, int region)
{
	return page_address(md->pages[region]);
}

/* x86 refuses another mode than that of the kernel's own mapping of the page. */
static int set_kernel_mapping(void *start, enum mode mode)
{
#ifdef CONFIG_X86
	switch (mode) {
	case NONCACHED:
	case DEVICE:
		return set_memory_uc((unsigned long)start, 1 << ORDER);
	case WRITE_COMBINING:
		return set_memory_wc((unsigned long)start, 1 << ORDER);
	case NORMAL:
		return set_memory_wb((unsigned long)start, 1 << ORDER);
	}
#endif
	return 0;
}

static void modes_release(struct vfio_device *vdev)
{
	struct modes_device *md = container_of(vdev, struct modes_device, vdev);
	int i;

	for (i = 0; i < MODES && md->pages[i]; i++) {
		set_kernel_mapping(region_start(md, i), NORMAL);
		__free_pages(md->pages[i], ORDER);
	}
}

static int modes_init(struct vfio_device *vdev)
{
	struct modes_device *md = container_of(vdev, struct modes_device, vdev);
	int i, ret = 0;

	for (i = 0; i < MODES && !ret; i++) {
		md->pages[i] = alloc_pages(GFP_KERNEL | __GFP_ZERO, ORDER);
		ret = md->pages[i] ? set_kernel_mapping(region_start(md, i), i) : -ENOMEM;
	}
	if (ret)
		modes_release(vdev);
	return ret;
}

static long modes_ioctl(struct vfio_device *vdev, unsigned int cmd, unsigned long arg)
{
	unsigned long size = offsetofend(struct vfio_device_info, num_irqs);
	struct vfio_device_info info;

	if (cmd != VFIO_DEVICE_GET_INFO)
		return -ENOTTY;
	if (copy_from_user(&info, (void __user *)arg, size))
		return -EFAULT;
	if (info.argsz < size)
		return -EINVAL;
	info.flags = 0;
	info.num_regions = MODES;
	info.num_irqs = 0;
	return copy_to_user((void __user *)arg, &info, size) ? -EFAULT : 0;
}

static int modes_region_info(struct vfio_device *vdev, struct vfio_region_info *info,
			     struct vfio_info_cap *caps)
{
	struct cap_mmap_cache_mode cap = {
		.header = { .id = CAP_MMAP_CACHE_MODE, .version = 1 },
	};

	if (info->index >= MODES)
		return -EINVAL;
	info->flags = VFIO_REGION_INFO_FLAG_MMAP;
	info->size = PAGE_SIZE << ORDER;
	info->offset = (u64)info->index << INDEX_SHIFT;
	cap.mode = report[info->index];
	return vfio_info_add_capability(caps, &cap.header, sizeof(cap));
}

static const struct vm_operations_struct modes_vm_ops = {};

static int modes_mmap(struct vfio_device *vdev, struct vm_area_struct *vma)
{
	struct modes_device *md = container_of(vdev, struct modes_device, vdev);
	unsigned long region = vma->vm_pgoff >> (INDEX_SHIFT - PAGE_SHIFT);
	unsigned long page = vma->vm_pgoff & ((1UL << (INDEX_SHIFT - PAGE_SHIFT)) - 1);
	unsigned long last = page + vma_pages(vma);

	if (region >= MODES || !(vma->vm_flags & VM_SHARED) || last > 1UL << ORDER || last < page)
		return -EINVAL;
	switch ((enum mode)region) {
	case NONCACHED:
		vma->vm_page_prot = pgprot_noncached(vma->vm_page_prot);
		break;
	case WRITE_COMBINING:
		vma->vm_page_prot = pgprot_writecombine(vma->vm_page_prot);
		break;
	case DEVICE:
		vma->vm_page_prot = pgprot_device(vma->vm_page_prot);
		break;
	case NORMAL:
		break;
	}
	vma->vm_ops = &modes_vm_ops;
	vm_flags_set(vma, VM_IO | VM_PFNMAP | VM_DONTEXPAND | VM_DONTDUMP);
	return remap_pfn_range(vma, vma->vm_start, page_to_pfn(md->pages[region]) + page,
			       vma_pages(vma) << PAGE_SHIFT, vma->vm_page_prot);
}

static const struct vfio_device_ops modes_ops = {
	.name = "modes-vfio-pci",
	.init = modes_init,
	.release = modes_release,
	.ioctl = modes_ioctl,
	.get_region_info_caps = modes_region_info,
	.mmap = modes_mmap,
	.bind_iommufd = vfio_iommufd_physical_bind,
	.unbind_iommufd = vfio_iommufd_physical_unbind,
	.attach_ioas = vfio_iommufd_physical_attach_ioas,
	.detach_ioas = vfio_iommufd_physical_detach_ioas,
};

/* The memory type of a page as the CPU encodes it: a byte of IA32_PAT or MAIR_EL1. */
static u8 memory_type(pgprot_t prot)
{
	u64 types;
	int slot;

#ifdef CONFIG_X86
	rdmsrq(MSR_IA32_CR_PAT, types);
	slot = (pgprot_val(prot) & _PAGE_PWT ? 1 : 0) + (pgprot_val(prot) & _PAGE_PCD ? 2 : 0) +
	       (pgprot_val(prot) & _PAGE_PAT ? 4 : 0);
#else
	types = read_sysreg(mair_el1);
	slot = (pgprot_val(prot) & PTE_ATTRINDX_MASK) >> 2;
#endif
	return types >> 8 * slot;
}

static int mappings_show(struct seq_file *file, void *unused)
{
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma;
	VMA_ITERATOR(vmi, mm, 0);

	mmap_read_lock(mm);
	for_each_vma(vmi, vma) {
		struct follow_pfnmap_args args = { .vma = vma, .address = vma->vm_start };

		if (vma->vm_ops != &modes_vm_ops || follow_pfnmap_start(&args))
			continue;
		seq_printf(file, "%lx-%lx region %lu prot %llx type %02x\n", vma->vm_start, vma->vm_end,
			   vma->vm_pgoff >> (INDEX_SHIFT - PAGE_SHIFT), (u64)pgprot_val(args.pgprot),
			   memory_type(args.pgprot));
		follow_pfnmap_end(&args);
	}
	mmap_read_unlock(mm);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(mappings);

static int modes_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct modes_device *md = vfio_alloc_device(modes_device, vdev, &pdev->dev, &modes_ops);
	int ret;

	if (IS_ERR(md))
		return PTR_ERR(md);
	ret = vfio_register_group_dev(&md->vdev);
	if (ret) {
		vfio_put_device(&md->vdev);
		return ret;
	}
	pci_set_drvdata(pdev, md);
	return 0;
}

static void modes_remove(struct pci_dev *pdev)
{
	struct modes_device *md = pci_get_drvdata(pdev);

	vfio_unregister_group_dev(&md->vdev);
	vfio_put_device(&md->vdev);
}

/* No device by itself: one gets it by its driver_override alone. */
static const struct pci_device_id modes_ids[] = { {} };

static struct pci_driver modes_driver = {
	.name = "modes-vfio-pci",
	.id_table = modes_ids,
	.probe = modes_probe,
	.remove = modes_remove,
	.driver_managed_dma = true,
};

static struct dentry *mappings;

static int __init modes_start(void)
{
	mappings = debugfs_create_file("modes_vfio_pci", 0400, NULL, NULL, &mappings_fops);
	return pci_register_driver(&modes_driver);
}

static void __exit modes_end(void)
{
	pci_unregister_driver(&modes_driver);
	debugfs_remove(mappings);
}

module_init(modes_start);
module_exit(modes_end);
MODULE_DESCRIPTION("VFIO device with one region for each way to map it, which it reports");
MODULE_LICENSE("GPL");
