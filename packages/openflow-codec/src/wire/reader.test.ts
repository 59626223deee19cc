import { describe, expect, it } from 'vitest';
import { CodecError, decode, encodeToBytes, type Message } from '../index.ts';
import { vectorsOf } from '../testing/vectors.ts';

const echo = (data: Uint8Array): Message => ({ type: 'echoRequest', xid: 1, data });

describe('what is handed out', () => {
  it.each([1, 8, 100, 1000, 1016, 1017, 5000, 65_527])('%d bytes stay as they were', (size) => {
    const kept = Array.from({ length: size > 2000 ? 3 : 40 }, (_, index) =>
      new Uint8Array(size).fill(index),
    ).map((data) => {
      const bytes = encodeToBytes(echo(data));
      const message = decode(bytes);
      // Neither the input nor what is read afterwards may show through.
      bytes.fill(0xff);
      return { data, message };
    });
    for (const { data, message } of kept) expect(message).toEqual(echo(data));
  });

  it('does not overlap, so that who gets it may write to it', () => {
    const [one, other] = [echo(new Uint8Array(10).fill(1)), echo(new Uint8Array(10).fill(2))]
      .map(encodeToBytes)
      .map((bytes) => decode(bytes));
    if (one?.type !== 'echoRequest' || other?.type !== 'echoRequest') throw new Error('not decoded');
    one.data.fill(9);
    expect(other).toEqual(echo(new Uint8Array(10).fill(2)));
  });
});

it('errors count offsets from the start of the message, wherever its copy lies', () => {
  const places = new Set<number | undefined>();
  for (const { bytes } of vectorsOf('packets.txt')) {
    // Kept by nobody, or by the message: the next copy lies at another place.
    decode(bytes);
    try {
      decode(Uint8Array.from([4, 14, 0, 16, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]));
    } catch (error) {
      places.add(error instanceof CodecError ? error.at.offset : Number.NaN);
    }
  }
  expect([...places]).toEqual([8]);
});
