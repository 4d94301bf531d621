// SPDX-License-Identifier: Apache-2.0
// The sun and its four giant planets under gravity, stepped by leapfrog, which
// keeps the energy bounded: double arithmetic that must agree to the last bit.

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { kBodies = 5 };

// Units: astronomical unit, year, solar mass.
static const double kGravity = 39.47841760435743;  // 4 π²
static const double kStep = 0.01;

typedef struct {
  const char* name;
  double mass;
  double position[3];
  double velocity[3];
} Body;

// Planets start on circles of their mean radius, a quarter turn apart, tilted
// a little; the sun's velocity is set so that the total momentum is zero.
static Body bodies[kBodies] = {
    {"sun", 1.0, {0, 0, 0}, {0, 0, 0}},
    {"jupiter", 9.547919e-4, {5.2026, 0, 0}, {0, 2.75469, 0.0627}},
    {"saturn", 2.858860e-4, {0, 9.5549, 0}, {-2.03266, 0, 0.0883}},
    {"uranus", 4.366244e-5, {-19.2184, 0, 0}, {0, -1.43323, 0.0193}},
    {"neptune", 5.151389e-5, {0, -30.1104, 0}, {1.14504, 0, 0.0354}},
};

static void zero_momentum(void) {
  for (int axis = 0; axis < 3; axis++)
    for (int i = 1; i < kBodies; i++)
      bodies[0].velocity[axis] -= bodies[i].mass * bodies[i].velocity[axis] / bodies[0].mass;
}

/// Writes right - left to delta and returns its length.
static double distance(const Body* left, const Body* right, double delta[3]) {
  double square = 0;
  for (int axis = 0; axis < 3; axis++) {
    delta[axis] = right->position[axis] - left->position[axis];
    square += delta[axis] * delta[axis];
  }
  return sqrt(square);
}

static double energy(void) {
  double sum = 0, delta[3];
  for (int i = 0; i < kBodies; i++) {
    const double* v = bodies[i].velocity;
    sum += 0.5 * bodies[i].mass * (v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
    for (int j = i + 1; j < kBodies; j++)
      sum -= kGravity * bodies[i].mass * bodies[j].mass / distance(&bodies[i], &bodies[j], delta);
  }
  return sum;
}

static void kick(double time) {
  for (int i = 0; i < kBodies; i++)
    for (int j = i + 1; j < kBodies; j++) {
      double delta[3];
      double r = distance(&bodies[i], &bodies[j], delta);
      double pull = time * kGravity / (r * r * r);
      for (int axis = 0; axis < 3; axis++) {
        bodies[i].velocity[axis] += delta[axis] * bodies[j].mass * pull;
        bodies[j].velocity[axis] -= delta[axis] * bodies[i].mass * pull;
      }
    }
}

static void drift(double time) {
  for (int i = 0; i < kBodies; i++)
    for (int axis = 0; axis < 3; axis++)
      bodies[i].position[axis] += time * bodies[i].velocity[axis];
}

int main(int argc, char** argv) {
  int steps = argc > 1 ? atoi(argv[1]) : 100000;
  zero_momentum();
  printf("energy at the start     %.15f\n", energy());
  for (int step = 0; step < steps; step++) {
    drift(kStep / 2);
    kick(kStep);
    drift(kStep / 2);
  }
  printf("energy after %4.0f years %.15f\n", steps * kStep, energy());
  for (int i = 0; i < kBodies; i++)
    printf("%-8s %13.9f %13.9f %13.9f\n", bodies[i].name, bodies[i].position[0],
           bodies[i].position[1], bodies[i].position[2]);
  return 0;
}
