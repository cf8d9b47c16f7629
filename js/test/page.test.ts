// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { packed, SocketModel, unpacked } from "../src/page";

/** A socket that a test plays the server of. */
class FakeSocket {
  static readonly OPEN = 1;
  static all: FakeSocket[] = [];
  readyState = 1;
  sent: unknown[] = [];
  binaryType = "";
  onmessage?: (event: { data: unknown }) => void;
  onclose?: (event: { code: number }) => void;
  constructor(readonly address: string) {
    FakeSocket.all.push(this);
  }
  send(data: unknown): void {
    this.sent.push(data);
  }
  say(frame: unknown): void {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }
  cut(code = 1006): void {
    this.readyState = 3;
    this.onclose?.({ code });
  }
}

const told = { ready: vi.fn(), full: vi.fn() };
const last = () => FakeSocket.all.at(-1) as FakeSocket;

function opened(): SocketModel {
  const model = new SocketModel(() => "ws://here/ws", told);
  model.open();
  return model;
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("WebSocket", FakeSocket);
  FakeSocket.all = [];
  sessionStorage.clear();
  vi.clearAllMocks();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("a frame with buffers is what was packed", () => {
  const first = new Uint8Array([1, 2, 3]).buffer;
  const [header, buffers] = unpacked(
    packed({ message: { kind: "é" } }, [first, new ArrayBuffer(0)]),
  );
  expect(header.message).toEqual({ kind: "é" });
  expect(
    buffers.map((view) => [...new Uint8Array(view.buffer, view.byteOffset, view.byteLength)]),
  ).toEqual([[1, 2, 3], []]);
});

test("the model has what the server says, and tells who listens", () => {
  const model = opened();
  const heard = vi.fn();
  model.on("msg:custom", heard);
  last().say({ visit: "v1", state: { snapshot: { nodes: [] } } });
  expect(told.ready).toHaveBeenCalledOnce();
  expect(model.get("snapshot")).toEqual({ nodes: [] });
  last().say({ message: { kind: "pong" } });
  expect(heard).toHaveBeenCalledWith({ kind: "pong" }, []);
  model.off("msg:custom", heard);
  last().say({ message: { kind: "pong" } });
  expect(heard).toHaveBeenCalledOnce();
});

test("commands go out as text, with files as bytes, and are errors while the line is cut", () => {
  const model = opened();
  model.send({ kind: "sync" });
  model.send({ kind: "upload" }, undefined, [new ArrayBuffer(2)]);
  expect(last().sent[0]).toBe('{"message":{"kind":"sync"}}');
  expect(last().sent[1]).toBeInstanceOf(ArrayBuffer);
  last().cut();
  expect(() => model.send({ kind: "sync" })).toThrow("does not answer");
});

test("a line that was cut is opened again as the same visit, each time after a longer while", () => {
  opened();
  last().say({ visit: "v1", state: { snapshot: {} } });
  last().cut();
  vi.advanceTimersByTime(300);
  expect(FakeSocket.all).toHaveLength(2);
  expect(last().address).toBe("ws://here/ws?visit=v1&has=1");
  last().cut();
  vi.advanceTimersByTime(500);
  expect(FakeSocket.all).toHaveLength(2);
  vi.advanceTimersByTime(100);
  expect(FakeSocket.all).toHaveLength(3);
});

test("a server without room says so, and is asked again", () => {
  opened();
  last().cut(1013);
  expect(told.full).toHaveBeenCalledOnce();
  vi.advanceTimersByTime(300);
  expect(FakeSocket.all).toHaveLength(2);
});

test("a page opens one line at a time", () => {
  const model = opened();
  model.open();
  expect(FakeSocket.all).toHaveLength(1);
});
