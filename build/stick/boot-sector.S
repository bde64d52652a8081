# The BIOS boot sector of the stick: loads iPXE's ipxe.pxe from the sectors behind it, and starts it as a
# PXE stack would. Such a program takes a script only from the network, or from its loader by a call that
# iPXE has added to PXE (PXENV_FILE_CMDLINE, its pxeprefix.S): we are a PXE stack with that one call. So the
# stick needs no boot program but the one that the release's archive has.
#
# boot-sector.bin is what this makes; boot-sector.test.ts makes it again and compares:
#   as --32 boot-sector.S -o o && ld -m elf_i386 -Ttext 0x600 --oformat binary o -o boot-sector.bin
#
# Memory: 0x600 this sector, 0x800 the script (4 kB, ends with a NUL), 0x1800 !PXE, up to 0x7c00 the stack, from
# there iPXE.

	.code16
	.globl	_start
	.set	LOADED, 0x7c00
	.set	HERE, 0x600
	.set	SCRIPT, 0x800
	.set	SCRIPT_KB, 4
	.set	IPXE, 0x7c00
	# The structure !PXE of the PXE specification 2.1, section 3.1.1: the fields that iPXE reads.
	.set	PPXE, 0x1800
	.set	PPXE_SIZE, 0x58
	.set	PPXE_CHECKSUM, PPXE + 0x05
	.set	PPXE_ENTRY, PPXE + 0x10
	.set	PPXE_UNDI_DATA, PPXE + 0x28
	.set	PPXE_UNDI_CODE, PPXE + 0x30
	.set	TRIES, 5

	.set	UNDI_GET_NIC_TYPE, 0x12
	.set	GET_CACHED_INFO, 0x71
	.set	FILE_CMDLINE, 0xe8
	.set	NIC_OF_UNKNOWN_KIND, 3

_start:
	jmp	begin
	nop
	.org	0x5a			# some firmware writes a floppy's parameters in between

begin:
	cli
	xorw	%ax, %ax
	movw	%ax, %ss
	movw	$LOADED, %sp
	movw	%ax, %ds
	movw	%ax, %es
	sti
	cld
	movw	$LOADED, %si
	movw	$HERE, %di
	movw	$256, %cx
	rep movsw
	ljmp	$0, $moved

moved:	# %dl: the drive that the firmware started from
	movb	%dl, drive
	movb	$0x41, %ah		# are there reads by sector number?
	movw	$0x55aa, %bx
	int	$0x13
	jc	fail
	cmpw	$0xaa55, %bx
	jne	fail
	movw	$SCRIPT_KB, %cx
	movw	$SCRIPT >> 4, %ax
	call	load
	movw	ipxe_kb, %cx
	movw	$IPXE >> 4, %ax
	call	load

	cld
	movw	$PPXE, %di
	movw	$PPXE_SIZE, %cx
	xorw	%ax, %ax
	rep stosb
	movl	$0x45585021, PPXE	# "!PXE"
	movb	$PPXE_SIZE, PPXE + 4
	movw	$pxe_call, PPXE_ENTRY
	# iPXE frees what the stack used between these two and the end of base memory: nothing.
	int	$0x12
	shlw	$6, %ax
	movw	%ax, PPXE_UNDI_DATA
	movw	%ax, PPXE_UNDI_CODE
	movw	$PPXE, %si
	movw	$PPXE_SIZE, %cx
	xorw	%ax, %ax
1:	lodsb
	addb	%al, %ah
	loop	1b
	negb	%ah
	movb	%ah, PPXE_CHECKSUM

	pushw	$0			# where PXE programs expect the address of !PXE
	pushw	$PPXE
	lcall	$0, $IPXE
	int	$0x18			# it came back: the firmware tries its next boot entry

# Loads %cx kB to segment %ax. One kB at a time, as some firmware fails where 64 kB end.
load:
	movw	%ax, buffer + 2
1:	pushw	%cx
	movw	$TRIES, %cx
2:	movw	$packet, %si
	movb	drive, %dl
	movb	$0x42, %ah
	pushaw				# not all firmware keeps what it should
	int	$0x13
	popaw
	jnc	3f
	xorw	%ax, %ax		# reset the drive
	pushaw
	int	$0x13
	popaw
	loop	2b
	jmp	fail
3:	popw	%cx
	addl	$2, lba
	addw	$0x40, buffer + 2
	loop	1b
	ret

fail:
	movw	$message, %si
1:	lodsb
	testb	%al, %al
	jz	2f
	movw	$7, %bx
	movb	$0x0e, %ah
	int	$0x10
	jmp	1b
2:	int	$0x18
3:	hlt
	jmp	3b

# A PXE call: %bx is its number, %es:%di its parameters, which begin with the status. %esi is the caller's.
pxe_call:
	cmpw	$GET_CACHED_INFO, %bx
	je	9f
	movw	$0, %es:(%di)
	cmpw	$UNDI_GET_NIC_TYPE, %bx
	jne	1f
	movb	$NIC_OF_UNKNOWN_KIND, %es:2(%di)
1:	cmpw	$FILE_CMDLINE, %bx
	jne	2f
	pushw	%ds			# size and address of the buffer follow the status
	pushw	%si
	pushw	%cx
	xorw	%si, %si
	movw	%si, %ds
	movw	$SCRIPT, %si
	movw	%es:2(%di), %cx
	lesw	%es:4(%di), %di
	rep movsb
	popw	%cx
	popw	%si
	popw	%ds
2:	lret
9:	movw	$1, %es:(%di)		# there is no lease
	lret

	.balign	4
packet:	.byte	16, 0
	.word	2
buffer:	.word	0, 0
lba:	.long	1, 0
drive:	.byte	0
message:
	.asciz	"HomePBP: this firmware cannot read the stick\r\n"

	.org	438
ipxe_kb:
	.word	0			# image.ts writes it
