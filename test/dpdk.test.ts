import { describe, expect, it } from 'vitest';
import { allowHugePages, attempt, LAB_ERRORS } from '#lab';

describe('npm run demo:dpdk', () => {
  it('ends well, with the matrix, the trunk and the security group; without huge pages it says why it cannot', async () => {
    const problem = whyNoHugePages();
    const { status, stdout, stderr } = await attempt(['npm', 'run', 'demo:dpdk'], { timeoutMs: 180_000 });
    if (problem !== undefined) {
      console.error(`\nDPDK IS NOT TESTED ON THIS MACHINE: ${problem}\n`);
      expect(stdout, stderr).toContain(problem);
      expect(status).toBe(1);
      return;
    }
    expect(stdout, stderr).toContain('56 of 56 as expected');
    expect(stdout).toMatch(/✓ it pings red3 on hv2 in VLAN 100, over VXLAN, and is answered in it/);
    expect(stdout).toMatch(/✓ red1 on hv1 is answered at port 80 of red3, and not at 81/);
    expect(stdout).toMatch(/✓ red3 on hv2 is answered at port 80 of red1, and not at 81/);
    expect(stdout).toMatch(/pmd thread .*\n.*\n +port: eth0 /);
    expect(status).toBe(0);
  }, 200_000);
});

function whyNoHugePages(): string | undefined {
  try {
    allowHugePages();
    return undefined;
  } catch (error) {
    if (error instanceof Error && error.message.startsWith(LAB_ERRORS.LAB_HUGE_PAGES)) return error.message;
    throw error;
  }
}
