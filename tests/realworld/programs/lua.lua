-- SPDX-License-Identifier: Apache-2.0
-- Work for the Lua interpreter: errors through C frames, coroutines, strings, tables, files.

-- Errors are longjmps; nested ones, and errors in error handlers.
local function risky(n)
  if n % 3 == 0 then error("three divides " .. n) end
  if n % 5 == 0 then error({ value = n }) end
  return n
end
local caught, sum = 0, 0
for n = 1, 20000 do
  local ok, result = pcall(risky, n)
  if ok then
    sum = sum + result
  else
    caught = caught + (type(result) == "table" and result.value or #result)
  end
end
print("caught", caught, sum)
print(pcall(pcall, error, "inner"))
print(select("#", xpcall(function() local x = nil; return x.y end, function(m) return m, 1 end)))
print(pcall(string.rep, "x", -1), pcall(string.rep))
print(xpcall(error, function(m) return "handled " .. tostring(m) end, "me"))
local function deep(n) return pcall(function() if n == 0 then error("bottom", 0) end assert(deep(n - 1)) end) end
print(deep(50))
print(pcall(function() local function f() return 1 + f() end return f() end) == false)

-- Coroutines that yield across pcall, iterators, closing variables.
local function produce(limit)
  return coroutine.wrap(function()
    for i = 1, limit do
      local ok, value = pcall(function()
        coroutine.yield(i)
        if i % 7 == 0 then error("seven") end
        return i
      end)
      if not ok then coroutine.yield(value) end
    end
  end)
end
local seen = {}
for value in produce(30) do seen[#seen + 1] = tostring(value) end
print(table.concat(seen, " "))
do
  local order = {}
  pcall(function()
    local a <close> = setmetatable({}, { __close = function(_, e) order[#order + 1] = "a " .. tostring(e) end })
    local b <close> = setmetatable({}, { __close = function() order[#order + 1] = "b" end })
    error("closing", 0)
  end)
  print(table.concat(order, ", "))
end

-- Numbers, strings, patterns, sorting.
local function fib(n) return n < 2 and n or fib(n - 1) + fib(n - 2) end
print(fib(24), 7 // 2, 7.5 % 2, 1 << 40, math.maxinteger + 1 == math.mininteger, 10 / 4)
print(("%5.2f|%-6s|%q|%x"):format(3.14159, "ab", 'say "hi"\n', 255))
local words = {}
for word in ("the quick brown fox jumps over the lazy dog"):gmatch("%a+") do words[#words + 1] = word end
table.sort(words, function(a, b) return #a == #b and a < b or #a < #b end)
print(table.concat(words, " "), (("x = 12"):gsub("(%w+) = (%d+)", "%2 = %1")))
print(string.pack("<i4z", 77, "text"):byte(1, -1))
print(utf8.char(228, 8364), utf8.len("äöü"), #"äöü")
local tree = setmetatable({}, { __index = function(t, k) local v = k * k; rawset(t, k, v); return v end })
local total = 0
for i = 1, 1000 do total = total + tree[i % 100] end
print(total, collectgarbage("count") > 0)
for _ = 1, 5 do
  local garbage = {}
  for i = 1, 20000 do garbage[i] = { i, tostring(i) } end
end
collectgarbage()

-- Files.
local file = assert(io.open("written.txt", "w"))
for i = 1, 1000 do file:write(i, " ", i * 0.5, "\n") end
file:close()
local lines, characters = 0, 0
for line in io.lines("written.txt") do lines, characters = lines + 1, characters + #line end
print(lines, characters, (select(2, io.open("missing.txt"))))
print(load("return 1 +"))
print(load("local a, b = ... return a * b")(6, 7), arg[1])
print("done")
